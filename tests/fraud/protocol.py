"""The lines of `otp guard replay`, and who can answer them: the command itself, or a stand-in that lets all through."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, Self, get_args

Word = Literal["allow", "challenge", "block", "limit"]
OUTCOMES = ("passed", "approved", "wrong", "delivered", "undelivered")


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a code; `at` is in seconds since the trace's start, `cost` in euros."""

    at: float
    number: str
    country: str
    address: str
    cost: float
    key: Literal["publishable", "secret"] = "publishable"
    device: bool = False
    resend: int | None = None
    """The id of the request whose code is sent again."""

    def line(self, id: int, app: str) -> dict[str, Any]:
        """Return its line of the protocol."""
        fields = asdict(self)
        return {"type": "request", "id": id, "t": fields.pop("at"), "app": app, "purpose": "login"} | fields


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the request with this id, at a time."""

    at: float
    request: int
    outcome: str

    def line(self) -> dict[str, Any]:
        """Return its line of the protocol."""
        return {"type": "outcome", "id": self.request, "t": self.at, "outcome": self.outcome}


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request, or to a human check that was passed."""

    id: int
    decision: Word
    code: str | None = None
    limit: str | None = None
    evidence: tuple[str, ...] = ()


class Service(Protocol):
    """What decides on requests and learns outcomes."""

    def ask(self, line: dict[str, Any]) -> Decision:
        """Return the decision on a request, or on an outcome `passed`."""

    def tell(self, line: dict[str, Any]) -> None:
        """Take an outcome that has no answer."""


class OpenService:
    """Lets every request through, as a service without limits and without a guard; it keeps all lines."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def ask(self, line: dict[str, Any]) -> Decision:
        """Allow it."""
        self.lines.append(line)
        return Decision(line["id"], "allow")

    def tell(self, line: dict[str, Any]) -> None:
        """Keep it."""
        self.lines.append(line)


class ReplayError(Exception):
    """The command ended early, or answered what the protocol does not have."""


class ReplayProcess:
    """A running `otp guard replay`: each question waits for its answer before the next line is written."""

    def __init__(self, command: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
        pipe, environment = subprocess.PIPE, os.environ | (settings or {})
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
        self.summary: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._process.kill()
            self._process.communicate()
            return
        rest, errors = self._process.communicate()
        if self._process.returncode:
            raise ReplayError(f"It ended with {self._process.returncode}: {errors[-2000:]}")
        self.summary = json.loads(rest.splitlines()[-1])

    def ask(self, line: dict[str, Any]) -> Decision:
        """Write a line and read its decision; raises `ReplayError` if another line comes, or none."""
        self.tell(line)
        with suppress(BrokenPipeError):  # the missing answer shows it, with what the command wrote on stderr
            self._stdin.flush()
        text = self._stdout.readline()
        if not text:
            raise ReplayError(f"It ended after {line}: {self._process.communicate()[1][-2000:]}")
        answer = json.loads(text)
        if answer.get("id") != line["id"] or answer.get("decision") not in get_args(Word):
            raise ReplayError(f"{line} was answered by {text}")
        evidence = tuple(answer.get("evidence") or ())
        return Decision(answer["id"], answer["decision"], answer.get("code"), answer.get("limit"), evidence)

    def tell(self, line: dict[str, Any]) -> None:
        """Write a line that has no answer; it is flushed with the next question."""
        try:
            self._stdin.write(json.dumps(line) + "\n")
        except BrokenPipeError as error:
            raise ReplayError(self._process.communicate()[1][-2000:]) from error

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    @property
    def _stdout(self) -> Any:
        return self._process.stdout
