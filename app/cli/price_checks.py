"""Check the price table, for `otp doctor`."""

from collections.abc import Iterator

import phonenumbers

from app.cli.output import Finding
from app.domain.prices import ASSUMED_PRICE, Prices, as_money
from app.domain.route import Routes
from app.settings.model import Settings
from app.settings.to_domain import apps_of, prices_of

_MAX_NAMED = 5  # countries


def find_prices(routes: Routes, settings: Settings) -> list[Finding]:
    """Describe the price table, and name what is sent and has no row."""
    prices = prices_of(settings)
    if not prices.listed:
        message = f"none; the fraud guard takes each segment to cost {as_money(ASSUMED_PRICE)}; OTP_PRICES sets them"
        return [("ok", "prices", message)]
    summary = f"{len(prices.listed)}, in {prices.currency}: {_range(prices)}"
    return [("ok", "prices", summary), *(("warn", "prices", gap) for gap in _find_gaps(prices, routes, settings))]


def _range(prices: Prices) -> str:
    """Describe the lowest and the highest price."""
    by_price = sorted(prices.listed, key=lambda row: prices.listed[row])
    ends = [
        f"{as_money(prices.listed[gateway, country])} ({country} by {gateway})"
        for gateway, country in (by_price[0], by_price[-1])
    ]
    return " to ".join(dict.fromkeys(ends))


def _open_countries(settings: Settings) -> set[str]:
    """Return every country that an app may send to."""
    return set().union(
        *(app.policy.numbers.countries or phonenumbers.SUPPORTED_REGIONS for app in apps_of(settings).values())
    )


def _find_gaps(prices: Prices, routes: Routes, settings: Settings) -> Iterator[str]:
    """Yield what each gateway sends to without a row."""
    missing: dict[str, list[str]] = {}
    for country in sorted(_open_countries(settings)):
        for gateway in sorted({step.gateway for steps in routes.of(country) for step in steps}):
            if not prices.is_listed(gateway, country):
                missing.setdefault(gateway, []).append(country)
    for gateway, countries in missing.items():
        more = f" and {len(countries) - _MAX_NAMED} more" if len(countries) > _MAX_NAMED else ""
        highest = max(prices.of(gateway, country) for country in countries)
        yield (
            f"{gateway} has none for {', '.join(countries[:_MAX_NAMED])}{more}: each costs the highest of its country, "
            f"or of the table, up to {as_money(highest)}; add a row"
        )
