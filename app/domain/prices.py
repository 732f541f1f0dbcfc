"""Prices of SMS by gateway and country, in whole millionths of the currency for one segment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal

from app.domain.route import Route

MILLION = 1_000_000
"""One unit of the currency, in the unit in which prices are computed and stored."""

ASSUMED_PRICE = 100_000
"""The price of a segment where no price is configured at all: 0.10, about what an SMS to Europe costs."""

ANY = "*"
"""Stands for every gateway, or every country, without a row."""

MAX_PRICE = 100_000
"""The highest price of a segment; in the smallest units of money an SMS costs some thousands."""

_BELIEVED_FACTOR = 10  # a reported price this far outside of the table is in another unit, or wrong
_REPORTED = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,20})?)(?: ([A-Z]{3}))?")


@dataclass(frozen=True, slots=True)
class Charge:
    """What one message costs, in millionths of the currency.

    `expected` is its price by the table; None where that was counted before. `reported` is what its vendor reported for
    the whole message: None without a price, 0 if it names no currency or another one. Per segment, only `least` to
    `most` is believed.
    """

    currency: str
    expected: int | None
    reported: int | None
    least: int
    most: int


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """The price table, by gateway and country; either may be `ANY` in `listed`.

    `reported` are prices that vendors have reported: for what no row names by gateway and country.
    """

    currency: str = "EUR"
    listed: Mapping[tuple[str, str], int] = field(default_factory=dict)
    reported: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def of(self, gateway: str, country: str) -> int:
        """Return the price of a segment by this gateway to this country.

        The row of both counts first, then what the vendor has reported, then the row of the country, of the gateway, of
        neither. Without any it is the highest price of the country, and where the country has none, the highest row.
        """
        known = self._find(gateway, country)
        if known is not None:
            return known
        known_prices = [*self.listed.items(), *self.reported.items()]
        of_country = [price for (_, other), price in known_prices if other == country]
        return max(of_country or self.listed.values(), default=ASSUMED_PRICE)

    def is_known(self, gateway: str, country: str) -> bool:
        """Return whether a row is for this gateway and country, or the vendor has reported its price."""
        return self._find(gateway, country) is not None

    def expected(self, route: Route, country: str) -> int:
        """Return the price of a segment by the first gateways of a route: their mean by weight, rounded up."""
        first = route[0]
        weighted = sum(self.of(step.gateway, country) * step.weight for step in first)
        return -(-weighted // sum(step.weight for step in first))

    def believed(self) -> tuple[int, int]:
        """Return the lowest and the highest price of a segment that a vendor may report.

        They are a tenth of the lowest row that is not free, and ten times the highest.
        """
        rows = [price for price in self.listed.values() if price]
        if not rows:
            return 1, MAX_PRICE * MILLION
        return max(1, min(rows) // _BELIEVED_FACTOR), max(rows) * _BELIEVED_FACTOR

    def charge(self, reported: str, *, expected: int | None = None) -> Charge:
        """Compare the price that a vendor reported, like `0.0712 EUR`, with the expected one; "" without a price.

        A price of 0 is none: vendors report it before they bill, and for what they do not bill.
        """
        return Charge(self.currency, expected, self._read(reported), *self.believed())

    def _read(self, text: str) -> int | None:
        match = _REPORTED.fullmatch(text)
        if not match or not Decimal(match[1]):
            return None
        return to_millionths(match[1]) if match[2] == self.currency else 0

    def _find(self, gateway: str, country: str) -> int | None:
        listed = self.listed
        for prices, row in (
            (listed, (gateway, country)),
            (self.reported, (gateway, country)),
            (listed, (ANY, country)),
            (listed, (gateway, ANY)),
            (listed, (ANY, ANY)),
        ):
            if row in prices:
                return prices[row]
        return None


def to_millionths(price: str) -> int:
    """Convert a price with a decimal point to millionths, rounded up."""
    return int((Decimal(price) * MILLION).to_integral_value(ROUND_UP))


def as_money(millionths: int) -> str:
    """Write an amount with two decimals, or with as many as it has, six at most: `0.10`, `0.0812`."""
    amount = Decimal(millionths) / MILLION
    return f"{amount:.2f}" if millionths % (MILLION // 100) == 0 else f"{amount.normalize():f}"
