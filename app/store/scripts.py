"""Finds the Lua files and binds them to a connection, each as one round trip."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path
from typing import Any

from redis import exceptions
from redis.asyncio import Redis

from app.domain.errors import TemporarilyUnavailable

_FOLDER = Path(__file__).parent / "lua"
_INCLUDE = re.compile(r"^-- include (\w+)$", re.MULTILINE)
AWAY = (
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
"""What is raised while Redis is away, loads, fails over, moves its slot, is full or says nothing."""
_AWAY_TOO = re.compile(r"""(?:^|: -|: \(['"])(?:MISCONF|NOREPLICAS|BUSY|OOM|READONLY) """)
"""Likewise, in words for which redis-py has no type: it cannot write its disk, or its replicas, or is busy."""


class Script:
    """A Lua file, called by its digest; sent whole when the server does not know it (yet, or any more)."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self._text = read_script(name)
        self._sha = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], args: Sequence[str | int | bytes]) -> Any:  # noqa: ANN401  Redis answers what it likes
        """Run it; raises `TemporarilyUnavailable` when Redis cannot."""
        with reaching():
            try:
                return await self._redis.execute_command("EVALSHA", self._sha, len(keys), *keys, *args)  # type: ignore[no-untyped-call]  # its evalsha takes longer
            except exceptions.NoScriptError:
                return await self._redis.eval(self._text, len(keys), *keys, *args)


@contextmanager
def reaching() -> Iterator[None]:
    """Turn what Redis raises when it cannot into `TemporarilyUnavailable`; all else is a bug."""
    try:
        yield
    except AWAY as error:
        raise TemporarilyUnavailable from error
    except exceptions.ResponseError as error:
        if _AWAY_TOO.search(str(error)):
            raise TemporarilyUnavailable from error
        raise


def read_script(name: str) -> str:
    """Read a Lua file with its shared parts, and theirs, in place."""
    text = (_FOLDER / f"{name}.lua").read_text()
    return _INCLUDE.sub(lambda part: read_script(part[1]), text)
