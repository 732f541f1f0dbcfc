"""What an operator may do to a number; it goes by its name, never by its digits."""

from typing import Any, cast

from redis.asyncio import Redis

from app.store.keyspace import Keyspace
from app.store.scripts import Script, redis_errors

_MAX_BLOCKED = 100_000


class Numbers:
    """Unlock, block, unblock and forget."""

    def __init__(self, redis: Redis, keys: Keyspace) -> None:
        self._redis = redis
        self._key = keys.of
        self._unlock = Script(redis, "unlock_number")

    async def unlock(self, app: str, name: str) -> bool:
        """End a number's wait or lock in one app; its count then stands at 10. False when it had none."""
        return bool(await self._unlock([self._key("number", app, name)], []) == [b"unlocked"])

    async def block(self, name: str) -> bool:
        """Refuse all further requests for a number; False when 100,000 are blocked already."""
        with redis_errors():
            if await self._redis.scard(self._key("blocked")) >= _MAX_BLOCKED:
                return False
            await self._redis.sadd(self._key("blocked"), name)
        return True

    async def unblock(self, name: str) -> bool:
        """Open a number again, and forget that its person opted out; False when there was neither."""
        with redis_errors():
            was_blocked = await self._redis.srem(self._key("blocked"), name)
            return bool(await self._redis.delete(self._key("opted_out", name)) or was_blocked)

    async def forget(self, app: str, name: str) -> int:
        """Erase what is kept of a number in one app, its sends included; tells how many keys went.

        What is left names no number: its jobs find no record and are dropped, and vendors' ids end by themselves.
        But for a minute: so long a right code is remembered with its sealed number, for its Idempotency-Key.
        """
        key = self._key
        with redis_errors():
            pending = cast("list[bytes]", await self._redis.zrange(key("pending", app, name), 0, -1))
            ids = [entry.decode().split("/")[1] for entry in pending]
            lists = [await self._redis.lrange(key("messages", id), 0, -1) for id in ids]
            messages = [key("message", id.decode()) for ids_of_one in lists for id in cast("Any", ids_of_one)]
            records = [key(kind, id) for id in ids for kind in ("verification", "secret", "messages")]
            kinds = ("sends", "device_sends", "opted_out")
            own = [key("number", app, name), key("pending", app, name), *(key(kind, name) for kind in kinds)]
            return int(await self._redis.delete(*own, *records, *messages))
