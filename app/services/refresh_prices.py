"""Take the prices that vendors reported meanwhile, so that the next SMS are counted by them."""

from dataclasses import dataclass

from app.services.parts.send_costs import SendCosts
from app.store.reported_prices import ReportedPrices


@dataclass(frozen=True, slots=True)
class RefreshPrices:
    """Reads the reported prices; each process does so once a minute, so that no request reads them."""

    costs: SendCosts
    reported_prices: ReportedPrices

    async def __call__(self) -> None:
        """Read and take them; raises `TemporarilyUnavailable`, and then the former ones count further."""
        self.costs.learn((await self.reported_prices.read()).by_pair)
