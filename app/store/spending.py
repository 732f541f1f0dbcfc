"""Read what the SMS of a day have cost."""

from collections.abc import Mapping
from typing import Any

from app.store.context import StoreContext
from app.store.scripts import redis_errors


class Spending:
    """What SMS cost in one currency, which is part of the key of a day."""

    def __init__(self, store: StoreContext, currency: str) -> None:
        self._store = store
        self.currency = currency

    async def of_day(self, day: int) -> Mapping[tuple[str, str], int]:
        """Return the cost of the SMS that gateways accepted on a day, in millionths by app and country.

        `day` counts UTC days since 1970; three are stored. Raises `TemporarilyUnavailable`.
        """
        with redis_errors():
            stored: Any = await self._store.redis.hgetall(self._store.key("spending", self.currency, str(day)))
        costs = {}
        for field, cost in stored.items():
            app, _, country = field.decode().rpartition("/")
            costs[app, country] = int(cost)
        return costs
