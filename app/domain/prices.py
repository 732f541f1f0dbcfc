"""Prices of SMS by gateway and country, in whole millionths of the currency for one segment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.route import Route

MILLION = 1_000_000
"""One unit of the currency, in the unit in which prices are computed and stored."""

ASSUMED_PRICE = 100_000
"""The price of a segment where no price is configured at all: 0.10, about what an SMS to Europe costs."""

ANY = "*"
"""Every gateway, or every country, that has no row of its own."""


@dataclass(frozen=True, slots=True, eq=False)  # a part of a cache key, compared by identity
class Prices:
    """The price table; `listed` has a price by gateway and country, either of which may be `ANY`."""

    currency: str = "EUR"
    listed: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def of(self, gateway: str, country: str) -> int:
        """Return the price of a segment by this gateway to this country.

        The most specific row counts: of both, of the country, of the gateway, of neither. Without one it is the highest
        price of the country, and where the country has none, the highest of all.
        """
        listed = self._find(gateway, country)
        if listed is not None:
            return listed
        of_country = [price for (_, other), price in self.listed.items() if other == country]
        return max(of_country or self.listed.values(), default=ASSUMED_PRICE)

    def is_listed(self, gateway: str, country: str) -> bool:
        """Return whether a row is for this gateway and country."""
        return self._find(gateway, country) is not None

    def expected(self, route: Route, country: str) -> int:
        """Return the price of a segment by the first gateways of a route: their mean by weight, rounded up."""
        first = route[0]
        weighted = sum(self.of(step.gateway, country) * step.weight for step in first)
        return -(-weighted // sum(step.weight for step in first))

    def _find(self, gateway: str, country: str) -> int | None:
        for row in ((gateway, country), (ANY, country), (gateway, ANY), (ANY, ANY)):
            if row in self.listed:
                return self.listed[row]
        return None


def as_money(millionths: int) -> str:
    """Write an amount with two decimals, or with as many as it has, six at most: `0.10`, `0.0812`."""
    amount = Decimal(millionths) / MILLION
    return f"{amount:.2f}" if millionths % (MILLION // 100) == 0 else f"{amount.normalize():f}"
