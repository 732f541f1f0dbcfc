"""Load the Lua scripts and run each in one round trip."""

import re
from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any

from redis import exceptions
from redis.asyncio import Redis

from app.domain.errors import TemporarilyUnavailable

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
_ALSO_UNAVAILABLE = re.compile(r"""(?:^|: -|: \(['"])(?:MISCONF|NOREPLICAS|BUSY|OOM|READONLY) """)
"""Error messages for which redis-py has no type: Redis cannot write to disk or to its replicas, or is busy."""


Facts = dict[str, str | int | bytes]
"""The arguments of a script by name; its file lists them."""


class Script:
    """A Lua script, called by its SHA-1; sent in full when the server does not have it (yet, or any more)."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self._text = read_script(name)
        self._sha = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], facts: Facts) -> Any:  # noqa: ANN401  each script has its own reply
        """Run the script; raises `TemporarilyUnavailable` when Redis cannot. An empty fact is not passed."""
        args = [part for fact in facts.items() if fact[1] or fact[1] == 0 for part in fact]
        with redis_errors():
            try:
                return await self._redis.execute_command("EVALSHA", self._sha, len(keys), *keys, *args)  # type: ignore[no-untyped-call]  # redis-py's evalsha is slower
            except exceptions.NoScriptError:
                return await self._redis.eval(self._text, len(keys), *keys, *args)


class _RedisErrors:
    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, UNAVAILABLE) or (
            isinstance(error, exceptions.ResponseError) and _ALSO_UNAVAILABLE.search(str(error))
        ):
            raise TemporarilyUnavailable from error


_REDIS_ERRORS = _RedisErrors()


def redis_errors() -> _RedisErrors:
    """Turn the errors of an unavailable Redis into `TemporarilyUnavailable`; all others are bugs."""
    return _REDIS_ERRORS


def read_script(name: str) -> str:
    """Read a Lua file and expand its includes, recursively."""
    text = (_FOLDER / f"{name}.lua").read_text()
    return _INCLUDE.sub(lambda part: read_script(part[1]), text)
