"""Read what the day has cost, by app and country."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.store.spending import Spending

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Spent:
    """What the SMS of an app to a country have cost, in millionths of the currency."""

    app: str
    country: str
    cost: int


async def read_spending(spending: Spending, *, now: float) -> Sequence[Spent]:
    """Return what the UTC day has cost so far by app and country, the most expensive first.

    `now` is seconds since 1970. Raises `TemporarilyUnavailable`.
    """
    costs = await spending.of_day(int(now // _DAY_S))
    return sorted(
        (Spent(app, country, cost) for (app, country), cost in costs.items()),
        key=lambda spent: (-spent.cost, spent.app, spent.country),
    )
