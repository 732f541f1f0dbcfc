"""Load the Lua scripts and run each in one round trip."""

import re
import time
from collections.abc import Sequence
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any

from redis import exceptions
from redis.asyncio import Redis

from app.domain.errors import TemporarilyUnavailable
from app.logs import note
from app.metrics.table import REDIS_ERRORS, REDIS_SECONDS
from app.store.redis_causes import CAUSES, redis_cause

_FOLDER = Path(__file__).parent / "lua"
_INCLUDE = re.compile(r"^-- include (\w+)$", re.MULTILINE)
_CONSTANTS = re.compile(r"^local ([A-Z][A-Z0-9_, ]*) = ([0-9'][^{}\n]*?)(?: --.*)?$", re.MULTILINE)
_CONNECTION_ERRORS = (exceptions.ConnectionError, exceptions.TimeoutError, OSError)

Facts = dict[str, str | int | bytes]
"""The arguments of a script by name; its file lists them."""


class Script:
    """A Lua script, called by its SHA-1; sent in full when the server does not have it (yet, or any more)."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self._name = name
        self._text = read_script(name)
        self._sha = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], facts: Facts) -> Any:  # noqa: ANN401  each script has its own reply
        """Run the script; raises `TemporarilyUnavailable` when Redis cannot. An empty fact is not passed."""
        args = [part for fact in facts.items() if fact[1] or fact[1] == 0 for part in fact]
        started = time.perf_counter()
        with redis_errors():
            try:
                return await self._redis.execute_command("EVALSHA", self._sha, len(keys), *keys, *args)  # type: ignore[no-untyped-call]  # redis-py's evalsha is slower
            except exceptions.NoScriptError:
                return await self._redis.eval(self._text, len(keys), *keys, *args)
            finally:
                REDIS_SECONDS.observe(time.perf_counter() - started, self._name)


class _RedisErrors:
    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, exceptions.RedisError | OSError):
            cause = redis_cause(error)
            if cause not in CAUSES and not isinstance(error, _CONNECTION_ERRORS):
                return
            REDIS_ERRORS.count(cause)
            note(redis=cause)
            unavailable = TemporarilyUnavailable()
            unavailable.cause = cause
            raise unavailable from error


_REDIS_ERRORS = _RedisErrors()


def redis_errors() -> _RedisErrors:
    """Turn the errors of a Redis that does not serve into `TemporarilyUnavailable`; all others are bugs."""
    return _REDIS_ERRORS


@cache
def read_script(name: str) -> str:
    """Read a Lua file, expand its includes, recursively, and write its constants where they are used.

    A part that several parts include stands once.
    """
    included: set[str] = set()

    def read(part: str) -> str:
        if part in included:
            return ""
        included.add(part)
        return _INCLUDE.sub(lambda found: read(found[1]), (_FOLDER / f"{part}.lua").read_text())

    return write_constants(read(name))


def write_constants(text: str) -> str:
    """Replace each constant, a capitalised name at the top level, by its value, and its definition by an empty line.

    Lua allows 200 local names at the top level of a script; and a function keeps a reference to each that it uses, for
    which every call of the script pays: 2 % of the time of `save_verification`.
    """
    values: dict[str, str] = {}
    for names, literals in _CONSTANTS.findall(text):
        for name, literal in zip(names.split(", "), literals.split(", "), strict=True):
            value = f"({literal})" if " " in literal else literal
            if values.setdefault(name, value) != value:
                raise ValueError(f"{name} has two values in one script")
    text = _CONSTANTS.sub("", text)
    return re.sub(r"\b[A-Z][A-Z0-9_]+\b", lambda found: values.get(found[0], found[0]), text)
