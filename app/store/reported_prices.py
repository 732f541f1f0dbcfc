"""Read the prices that vendors report, which the scripts that store a message's price have learned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.store.context import StoreContext
from app.store.scripts import redis_errors


@dataclass(frozen=True, slots=True)
class LearnedPrices:
    """Prices of a segment in millionths by gateway and country, and by gateway the last price that was not believed."""

    by_pair: Mapping[tuple[str, str], int]
    refused: Mapping[str, str]


class ReportedPrices:
    """Prices in one currency, which is part of their key."""

    def __init__(self, store: StoreContext, currency: str) -> None:
        self._store = store
        self._currency = currency

    async def read(self) -> LearnedPrices:
        """Read all, at most one for each gateway and country; raises `TemporarilyUnavailable`."""
        with redis_errors():
            stored: Any = await self._store.redis.hgetall(self._store.key("reported_prices", self._currency))
        by_pair, refused = {}, {}
        for field, value in stored.items():
            gateway, slash, country = field.decode().partition("/")
            if slash:
                by_pair[gateway, country] = int(value)
            else:
                refused[gateway] = value.decode()
        return LearnedPrices(by_pair, refused)
