"""The loop of `otp guard replay`: read lines, run them, write decisions."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson
import typer
from dotenv import dotenv_values

from app.cli.run import DONE, ENV_FILE, FAILED, USAGE, print_error
from app.container import open_container
from app.domain.errors import TemporarilyUnavailable
from app.domain.guard import GuardMode
from app.domain.limit import OFF
from app.domain.limits import LIMITS, REDIS_LIMITS, Limits
from app.domain.prices import ANY
from app.domain.trace import BadTraceLine, TracedRequest, read_trace_line
from app.services.replay_trace import Decision, ReplayTrace
from app.settings.load import BadSettings, load_settings
from app.settings.redis_url import EMBEDDED
from app.settings.templates import DEV_APP
from app.store.code_checks import CodeChecks
from app.store.messages import Messages
from app.store.resends import Resends
from app.store.scripts import redis_errors
from app.store.verifications import Verifications

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.container import Container
    from app.domain.app import App
    from app.domain.policy import Policy
    from app.settings.model import Settings
    from app.settings.prices import PriceRow

_MANY_SENDS = 1000  # of a verification, where only the guard is replayed
_ERASED_AT_ONCE = 1000
_READ_PREFIXES = ("OTP_LIMIT_", "OTP_GUARD", "OTP_FAILURE_WATCH", "OTP_CURRENCY")


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What the command was given; `start` is milliseconds since 1970, `only` is "guard", "limits" or ""."""

    mode: GuardMode
    only: str
    has_human_check: bool
    start: int
    prices: str
    redis_url: str


_PATIENCE_S = 60.0
"""Seconds to wait for Redis: on a busy machine too, since a call that is repeated would be counted twice."""


class _BadTrace(Exception):
    """A line cannot be read; the message is for the operator."""


class _UnwritableDecisions(Exception):
    """A decision cannot be written; the message is for the operator."""


async def replay(options: ReplayOptions, lines: BinaryIO, answers: BinaryIO) -> int:
    """Replay a trace and return the exit code; each decision is flushed before the next line is read."""
    tag = f"{{otp-replay-{secrets.token_hex(8)}}}"
    settings = _settings(options, tag)
    clock = _Clock(options.start)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # asyncio's would wait for the next line
    async with open_container(settings, now=clock, redis_patience=_PATIENCE_S) as container:
        run = _build(options, container, clock)
        try:
            await _replay_lines(run, clock, lines, answers)
        except _BadTrace as error:
            print_error(str(error))
            return USAGE
        except TemporarilyUnavailable as error:
            print_error(f"Redis does not respond correctly: {error.cause}.")
            return FAILED
        except _UnwritableDecisions as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it once more at exit
            if isinstance(error.__cause__, BrokenPipeError):
                return DONE
            print_error(str(error))
            return FAILED
        finally:
            await _erase_or_name(container, tag)
    return DONE


async def _replay_lines(run: ReplayTrace, clock: _Clock, lines: BinaryIO, answers: BinaryIO) -> None:
    last = 0.0
    for number, line in enumerate(iter(lines.readline, b""), 1):
        if not line.strip():
            continue
        try:
            read = read_trace_line(line, since=last)
        except BadTraceLine as error:
            raise _BadTrace(f"Line {number} of the trace cannot be read. {error}") from error
        last = read.at
        decision = await (run.request(read) if isinstance(read, TracedRequest) else run.outcome(read))
        if decision:
            _write(answers, _fields(decision))
    counts = {name: run.counts[name] for name in ("requests", *_DECISIONS, "outcomes", "unknown_ids")}
    _write(answers, {"type": "summary", **counts, "seconds": round(clock.seconds, 3)})


_DECISIONS = ("allow", "challenge", "block", "limit")


def _fields(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "decision": decision.decision,
        "code": decision.code,
        "limit": decision.limit,
        "evidence": decision.evidence,
    }


def _write(answers: BinaryIO, fields: dict[str, Any]) -> None:
    try:
        answers.write(orjson.dumps(fields) + b"\n")
        answers.flush()
    except OSError as error:
        raise _UnwritableDecisions(f"The decisions cannot be written: {error.strerror}.") from error


class _Clock:
    """The time of the trace, in milliseconds since 1970."""

    def __init__(self, start: int) -> None:
        self._start = start
        self.seconds = 0.0

    def __call__(self) -> int:
        return self._start + round(self.seconds * 1000)

    def tick(self, seconds: float) -> None:
        self.seconds = seconds


class _Jobs:
    """Takes off the jobs that no worker runs here, often enough that the queue never looks stuck."""

    _MOST, _LONGEST_S = 500, 10.0

    def __init__(self, container: Container) -> None:
        self._store = container.store
        self._waiting, self._taken_at = 0, time.monotonic()

    async def __call__(self) -> None:
        self._waiting += 1
        if self._waiting >= self._MOST or time.monotonic() - self._taken_at > self._LONGEST_S:
            self._waiting, self._taken_at = 0, time.monotonic()
            for queue in ("sends_queue", "later", "silences"):
                await self._store.redis.delete(self._store.key(queue))


def _build(options: ReplayOptions, container: Container, clock: _Clock) -> ReplayTrace:
    base = container.apps[DEV_APP]
    policy = _policy(options, base)
    apps: dict[str, App] = {}

    def app_of(name: str) -> App:
        if name not in apps:
            apps[name] = replace(base, name=name, policy=policy)
        return apps[name]

    def cost_of(app: App, country: str) -> int:
        return container.request_code.costs.of(app, purpose="login", locale="", country=country)

    return ReplayTrace(
        verifications=Verifications(container.store),
        resends=Resends(container.store),
        checks=CodeChecks(container.store),
        messages=Messages(container.store),
        take_jobs=_Jobs(container),
        app_of=app_of,
        tick=clock.tick,
        cost_of=cost_of,
        has_human_check=options.has_human_check,
    )


def _policy(options: ReplayOptions, base: App) -> Policy:
    """Return the policy of all apps of the trace."""
    guard = replace(base.policy.guard, mode=GuardMode.OFF if options.only == "limits" else options.mode)
    if options.only != "guard":
        return replace(base.policy, guard=guard)
    return replace(
        base.policy,
        guard=guard,
        limits=Limits({entry.name: OFF for entry in REDIS_LIMITS}),
        failure_watch=False,
        sends_per_verification=_MANY_SENDS,
        resend_cooldown=0,
    )


def _settings(options: ReplayOptions, tag: str) -> Settings:
    """Return the settings of the replay: limits and guard as they are set here, everything else by default."""
    given = {**dotenv_values(ENV_FILE), **os.environ}
    read = {name: value or "" for name, value in given.items() if name.upper().startswith(_READ_PREFIXES)}
    # Development widens the limits of an address that are not set.
    limits = {f"OTP_{entry.setting.upper()}": str(entry.default) for entry in LIMITS if entry.is_per_address}
    store = {"OTP_ENV": "development", "OTP_REDIS_URL": options.redis_url or EMBEDDED, "OTP_REDIS_TAG": tag}
    prices = {"OTP_PRICES": options.prices} if options.prices else {}
    try:
        settings = load_settings({**limits, **read, **store, **prices})
    except BadSettings as error:
        print_error(*error.sentences)
        raise typer.Exit(USAGE) from error
    return settings.model_copy(update={"prices": _of_any_gateway(settings.prices)})


def _of_any_gateway(rows: Sequence[PriceRow]) -> Sequence[PriceRow]:
    """Return one row for each country, since a trace names no gateway: that of any gateway, or else the highest."""
    chosen: dict[str, PriceRow] = {}
    for row in sorted(rows, key=lambda row: (row.gateway == ANY, row.price)):
        chosen[row.country] = replace(row, gateway=ANY)
    return tuple(chosen.values())


async def _erase_or_name(container: Container, tag: str) -> None:
    """Delete every key of the replay, or name them if Redis does not respond."""
    try:
        with redis_errors():
            await _erase(container)
    except TemporarilyUnavailable:
        print_error(f"What the replay wrote may remain: keys of Redis that begin with {tag}.")


async def _erase(container: Container) -> None:
    pattern = container.store.key("*").replace("{", "[{]").replace("}", "[}]")
    found: list[bytes] = []
    async for key in container.store.redis.scan_iter(match=pattern, count=1000):
        found.append(key)
        if len(found) == _ERASED_AT_ONCE:
            await container.store.redis.unlink(*found)
            found.clear()
    if found:
        await container.store.redis.unlink(*found)
