"""Read which shares of limits were spent."""

from collections.abc import Sequence
from typing import cast

from app.domain.limit import Limit
from app.store.context import StoreContext
from app.store.limit_facts import SENDS_WITHOUT_ADDRESS
from app.store.scripts import redis_errors

_PERCENT = 50


class LimitWarnings:
    """What `limit_warning.lua` found; a read takes one round trip."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store

    async def keys_without_address(self, keys: Sequence[str], limit: Limit) -> list[str]:
        """Return those API keys, by their ids, that spent half of their app's limit in calls that named no address."""
        names = [
            (key, self._store.key("limit_warned", f"{SENDS_WITHOUT_ADDRESS}/{key}/{seconds * 1000}/{_PERCENT}"))
            for key in keys
            for _, seconds in limit.rules
        ]
        if not names:
            return []
        with redis_errors():
            found = cast("list[bytes | None]", await self._store.redis.mget([name for _, name in names]))
        return sorted({key for (key, _), warned_at in zip(names, found, strict=True) if warned_at})
