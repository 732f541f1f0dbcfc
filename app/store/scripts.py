"""Load the Lua scripts and run each in one round trip."""

import errno
import re
import socket
import ssl
import time
from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any

from redis import exceptions
from redis.asyncio import Redis

from app.domain.errors import TemporarilyUnavailable
from app.logs import note
from app.metrics.table import REDIS_ERRORS, REDIS_SECONDS

_FOLDER = Path(__file__).parent / "lua"
_INCLUDE = re.compile(r"^-- include (\w+)$", re.MULTILINE)
UNAVAILABLE = (
    exceptions.AskError,
    exceptions.BusyLoadingError,
    exceptions.ClusterDownError,
    exceptions.ConnectionError,
    exceptions.MasterDownError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.TimeoutError,
    exceptions.TryAgainError,
    TimeoutError,
)
"""Errors while Redis is unreachable, loads, fails over, moves its slot, is full or does not answer."""
_REDIS_WORD = re.compile(r"""(?:^|: -|: \(['"])([A-Z]{3,16}) """)
_WORD_OF: dict[type[BaseException], str] = {
    exceptions.AskError: "ASK",
    exceptions.AuthenticationError: "NOAUTH",
    exceptions.BusyLoadingError: "LOADING",
    exceptions.ClusterDownError: "CLUSTERDOWN",
    exceptions.MasterDownError: "MASTERDOWN",
    exceptions.OutOfMemoryError: "OOM",
    exceptions.ReadOnlyError: "READONLY",
    exceptions.TryAgainError: "TRYAGAIN",
    exceptions.TimeoutError: "timeout",
    TimeoutError: "timeout",
    socket.gaierror: "no_such_host",
    ssl.SSLError: "tls",
}
_ALSO_UNAVAILABLE = re.compile(r"""(?:^|: -|: \(['"])(?:MISCONF|NOREPLICAS|BUSY|OOM|READONLY) """)
"""Error messages for which redis-py has no type: Redis cannot write to disk or to its replicas, or is busy."""


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
        if isinstance(error, UNAVAILABLE) or (
            isinstance(error, exceptions.ResponseError) and _ALSO_UNAVAILABLE.search(str(error))
        ):
            cause = redis_cause(error)
            REDIS_ERRORS.count(cause)
            note(redis=cause)
            unavailable = TemporarilyUnavailable()
            unavailable.cause = cause
            raise unavailable from error


def redis_cause(error: BaseException) -> str:
    """Return what failed, in one word: Redis' own, like `READONLY`, or that of the operating system.

    redis-py removes Redis' word from the errors that it has a type for.
    """
    if match := _REDIS_WORD.search(str(error)):
        return match[1]
    for kind, word in _WORD_OF.items():
        if isinstance(error, kind):
            return word
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno in errno.errorcode:
            return errno.errorcode[cause.errno]
        cause = cause.__cause__ or cause.__context__
    return "disconnected"


_REDIS_ERRORS = _RedisErrors()


def redis_errors() -> _RedisErrors:
    """Turn the errors of an unavailable Redis into `TemporarilyUnavailable`; all others are bugs."""
    return _REDIS_ERRORS


def read_script(name: str) -> str:
    """Read a Lua file and expand its includes, recursively."""
    text = (_FOLDER / f"{name}.lua").read_text()
    return _INCLUDE.sub(lambda part: read_script(part[1]), text)
