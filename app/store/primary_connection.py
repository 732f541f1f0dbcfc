"""Connections to the primary: each looks it up when it opens, and is stale once the primary has moved."""

from typing import Any

from redis import exceptions
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection

from app.store.primary import Primary, has_moved
from app.store.redis_causes import CAUSES, NotServed, redis_cause

_PRIMARY = b"master"  # Redis' word in its reply to ROLE
_REFUSAL = {b"sentinel": "SENTINEL use redis+sentinel:// for it"}


class OnPrimary(AbstractConnection):
    """What the three kinds of connection have in common; it replaces redis-py's connecting, reading and checking."""

    primary: Primary
    epoch = -1

    def __init__(self, *, primary: Primary, **options: Any) -> None:  # noqa: ANN401  as redis-py has it
        self.primary = primary
        super().__init__(**options)

    @property
    def is_stale(self) -> bool:
        """Return whether the primary was lost since this connection was opened."""
        return self.epoch < self.primary.epoch

    async def connect(self) -> None:
        """Connect, unless the connection is open and leads to the primary."""
        if self.is_connected and self.is_stale:
            await self.disconnect(nowait=True)
        await super().connect()  # type: ignore[no-untyped-call]  # redis-py types it half

    async def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002  as the base class has it
        """Authenticate, and check that this is the primary: an address may name a server that no longer is."""
        try:
            await super().on_connect_check_health(check_health=check_health)
        except exceptions.ResponseError as error:
            if redis_cause(error) in CAUSES:
                raise
            raise NotServed("not_redis") from error
        await self.send_command("ROLE", check_health=False)
        try:
            role = await self.read_response()
        except exceptions.ResponseError as error:
            if has_moved(error):
                raise
            return  # the ACL forbids it, or it is the embedded store of `otp dev`: the first write will tell
        if not isinstance(role, list) or not role or not isinstance(role[0], bytes):
            raise NotServed("not_redis")
        if role[0] != _PRIMARY:
            self.primary.lose(self.epoch)
            # In place of a write's own refusal: a replica would answer what only reads, and a Sentinel nothing of ours.
            raise exceptions.ReadOnlyError(_REFUSAL.get(role[0], "READONLY not the primary"))

    async def read_response(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  as redis-py has it
        """Read a reply; a lost connection, and a reply of a server that is no primary, make all connections stale."""
        try:
            return await super().read_response(*args, **options)
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError):
            self.primary.lose(self.epoch)
            raise
        except exceptions.ResponseError as error:
            if has_moved(error):
                self.primary.lose(self.epoch)
            raise


class PrimaryConnection(OnPrimary, Connection):
    """A TCP connection to the primary."""

    async def _connect(self) -> None:
        self.epoch = self.primary.epoch
        self.host, self.port = await self.primary.address()
        await super()._connect()  # type: ignore[no-untyped-call]  # redis-py types it half


class PrimaryTlsConnection(OnPrimary, SSLConnection):
    """A TLS connection to the primary."""

    async def _connect(self) -> None:
        self.epoch = self.primary.epoch
        self.host, self.port = await self.primary.address()
        await super()._connect()  # type: ignore[no-untyped-call]  # redis-py types it half


class PrimarySocketConnection(OnPrimary, UnixDomainSocketConnection):
    """A connection to the primary by a Unix socket."""

    async def _connect(self) -> None:
        self.epoch = self.primary.epoch
        await super()._connect()  # type: ignore[no-untyped-call]  # redis-py types it half
