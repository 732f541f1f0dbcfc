"""Find the primary: the one server that takes writes, whose address may move.

Every kind of Redis is one address here. A reply that only a server gives that is not the primary (any more), and a
lost or silent connection, make all connections stale: each looks the primary up anew when it is used next. Look-ups are
made one at a time, at most five a second.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis import exceptions
from redis.asyncio.connection import Connection, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot

from app.settings.redis_url import RedisKind, RedisUrl
from app.store.redis_causes import NotServed

Address = tuple[str, int]
Lookup = Callable[[], Awaitable[Address]]
_SHORTEST = 0.2  # seconds between two look-ups
_TIMEOUT = 0.5  # seconds for one Sentinel or node
_MOVED = (exceptions.MovedError, exceptions.ReadOnlyError, exceptions.MasterDownError)
_MOVED_WORD = re.compile(r"(?:^|: -)(?:MOVED|READONLY|MASTERDOWN|UNBLOCKED) ")


class Primary:
    """The address of the primary; connections carry the `epoch` in which they were opened."""

    def __init__(self, look_up: Lookup, *, clock: Callable[[], float]) -> None:
        """`clock` returns seconds."""
        self._look_up = look_up
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: tuple[float, Address] | None = None
        self.epoch = 0

    async def address(self) -> Address:
        """Return the address; it is asked for anew unless that was done within the last 0.2 s.

        An address that has changed makes all connections stale. Raises `ConnectionError` where nothing that was asked
        knows a primary, or what a server has refused.
        """
        async with self._lock:
            now = self._clock()
            if self._found is None or now - self._found[0] >= _SHORTEST:
                epoch, address = self.epoch, await self._look_up()
                if self._found is not None and self._found[1] != address:
                    self.lose(epoch)
                self._found = now, address
            return self._found[1]

    def lose(self, epoch: int) -> None:
        """Make all connections of this epoch and before stale."""
        self.epoch = max(self.epoch, epoch + 1)


def has_moved(error: BaseException) -> bool:
    """Return whether a reply says that the server is not the primary, also from inside a script."""
    if isinstance(error, exceptions.ResponseError):
        return isinstance(error, _MOVED) or bool(_MOVED_WORD.search(str(error)))
    return False


def lookup_of(url: RedisUrl, tag: str) -> Lookup:
    """Return how the primary of a URL is looked up; `tag` is the hash tag of every key."""
    match url.kind:
        case RedisKind.SENTINEL:
            return _Sentinels(url)
        case RedisKind.CLUSTER:
            return _Cluster(url, tag)
        case _:
            host = url.hosts[0] if url.hosts else ("", 0)

            async def same() -> Address:
                return host

            return same


class _Sentinels:
    """Asks each Sentinel in turn, first the one that answered last."""

    def __init__(self, url: RedisUrl) -> None:
        self._url = url
        self._hosts = list(url.hosts)

    async def __call__(self) -> Address:
        failures: list[Exception] = []
        for host in list(self._hosts):
            try:
                answer = await _ask(
                    host,
                    self._url,
                    self._url.sentinel_options,
                    "SENTINEL",
                    "GET-MASTER-ADDR-BY-NAME",
                    self._url.service,
                )
            except (exceptions.RedisError, OSError) as error:
                failures.append(_as_cause(error, "not_a_sentinel"))
                continue
            if answer:
                self._hosts.remove(host)
                self._hosts.insert(0, host)
                return answer[0].decode(), int(answer[1])
            failures.append(NotServed("unknown_service"))
        raise _most_telling(failures)


class _Cluster:
    """Asks each known node in turn for the owner of the slot that all keys are in, and learns the others."""

    def __init__(self, url: RedisUrl, tag: str) -> None:
        self._url = url
        self._slot = key_slot(tag.encode())
        self._hosts = list(url.hosts)

    async def __call__(self) -> Address:
        failures: list[Exception] = []
        for host in list(self._hosts):
            try:
                slots = await _ask(host, self._url, self._url.options, "CLUSTER", "SLOTS")
            except (exceptions.RedisError, OSError) as error:
                failures.append(_as_cause(error, "not_a_cluster"))
                continue
            known = [_node(node, asked=host) for _, _, *nodes in slots for node in nodes]
            self._hosts = list(dict.fromkeys([host, *known, *self._url.hosts]))
            for first, last, primary, *_ in slots:
                if first <= self._slot <= last:
                    return _node(primary, asked=host)
            failures.append(NotServed("CLUSTERDOWN"))
        raise _most_telling(failures)


def _as_cause(error: Exception, word: str) -> Exception:
    """Return an error of a server; where it does not know the command, that it is of another kind than the URL says."""
    is_other_kind = "unknown command" in str(error) or "cluster support disabled" in str(error)
    return NotServed(word) if is_other_kind else error


def _most_telling(failures: Sequence[Exception]) -> Exception:
    """Return what a server has answered, if one did: the others may just be away."""
    answered = (one for one in failures if isinstance(one, exceptions.ResponseError | exceptions.AuthenticationError))
    return next(answered, next((one for one in failures if isinstance(one, NotServed)), failures[-1]))


def _node(node: Sequence[Any], *, asked: Address) -> Address:
    """Return the address of a node; one that does not know its own is the one that was asked."""
    host = node[0].decode() if node[0] else ""
    return (asked[0] if host in {"", "?"} else host), int(node[1])


async def _ask(host: Address, url: RedisUrl, options: Any, *command: str) -> Any:  # noqa: ANN401  redis-py types neither
    """Ask one server on a connection of its own, which is closed again."""
    kind = SSLConnection if url.tls else Connection
    accepted = {name: value for name, value in options.items() if name not in {"db", "protocol"}}
    connection = kind(
        host=host[0],
        port=host[1],
        socket_timeout=_TIMEOUT,
        socket_connect_timeout=_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        driver_info=None,
        **accepted,
    )
    try:
        await connection.connect()  # type: ignore[no-untyped-call]  # redis-py types it half
        await connection.send_command(*command)
        return await connection.read_response()
    finally:
        await connection.disconnect(nowait=True)
