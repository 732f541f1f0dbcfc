"""Unlock, block and forget numbers; each is identified by its HMAC name, never by its digits."""

from collections.abc import Sequence
from typing import Any, cast

from app.store.context import StoreContext
from app.store.scripts import redis_errors

_MAX_BLOCKED = 100_000
_PARTS = ("secret", "text", "messages")  # of a record
_OF_AN_APP = ("number", "pending", "outgoing_of", "event_numbers", "sends", "device_sends", "message_sends")


class Numbers:
    """The numbers that operators unlock, block, unblock and forget."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._unlock = store.script("unlock_number")
        self._revoke_devices = store.script("revoke_devices")
        self._forget = store.script("forget_number")

    async def unlock(self, app: str, name: str) -> bool:
        """End a number's waits and locks in one app and set its counts to 10; return False when it had none."""
        return bool(await self._unlock([self._store.key("number", app, name)], {}) == [b"unlocked"])

    async def revoke_devices(self, app: str, name: str) -> None:
        """Let the device tokens that a number has earned in one app until now make no known device."""
        await self._revoke_devices([self._store.key("number", app, name)], {"now": self._store.now()})

    async def block(self, name: str) -> bool:
        """Refuse all further requests for a number; return False when 100,000 are blocked already."""
        with redis_errors():
            if await self._store.redis.scard(self._store.key("blocked")) >= _MAX_BLOCKED:
                return False
            await self._store.redis.sadd(self._store.key("blocked"), name)
        return True

    async def unblock(self, name: str, *, apps: Sequence[str]) -> bool:
        """Unblock a number and clear its opt-outs, those of senders in these apps; return False when there was none."""
        key = self._store.key
        opt_outs = [key("opted_out", name), *(key("opt_outs", app, name) for app in apps)]
        with redis_errors():
            was_blocked = await self._store.redis.srem(key("blocked"), name)
            return bool(await self._store.redis.delete(*opt_outs) or was_blocked)

    async def forget(self, app: str, name: str) -> int:
        """Delete what is stored for a number in one app, its sends included; return how many keys were deleted.

        Its verifications and outgoing messages are found by the indexes of the newest 100 of each; older ones expire by
        themselves, as all do. Its opt-outs from senders stay: without them the app would send to it again.
        What remains names no number: its jobs find no record and are dropped, and vendors' ids expire.
        One exception: for 60 s an approval is stored with its encrypted number, for its Idempotency-Key. Two facts
        stay under its name: when its device tokens were revoked, and, as a few bits among those of other numbers, that
        it was approved; for 91 and at most 180 days.
        """
        key = self._store.key
        with redis_errors():
            pending = cast("list[bytes]", await self._store.redis.zrange(key("pending", app, name), 0, -1))
            outgoing = cast("list[bytes]", await self._store.redis.zrange(key("outgoing_of", app, name), 0, -1))
            ids = [entry.decode().rpartition("/")[2] for entry in (*pending, *outgoing)]
            lists = [await self._store.redis.lrange(key("messages", id), 0, -1) for id in ids]
            messages = [key("message", id.decode()) for ids_of_one in lists for id in cast("Any", ids_of_one)]
            records = [of for id in ids for of in (key.record(id), *(key(kind, id) for kind in _PARTS))]
            if outgoing:
                await self._store.redis.zrem(key("scheduled"), *outgoing)
        # Events that wait show the number masked from now on.
        own = [key(kind, app, name) for kind in _OF_AN_APP]
        shared = [key(kind, name) for kind in ("sends", "device_sends", "test_sends", "opted_out")]
        _, deleted = await self._forget([*own, *shared, *records, *messages], {})
        return int(deleted)
