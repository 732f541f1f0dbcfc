"""Check the price table, and compare it with the prices that vendors report, for `otp doctor`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import phonenumbers

from app.cli.output import Finding
from app.domain.prices import ASSUMED_PRICE, Prices, as_money
from app.domain.route import Routes
from app.settings.model import Settings
from app.settings.to_domain import apps_of, prices_of
from app.store.reported_prices import LearnedPrices

_MAX_NAMED = 5  # countries
_DIFFERENCE = 0.2  # of a row; operators of one country differ by less


def find_prices(routes: Routes, settings: Settings, learned: LearnedPrices) -> list[Finding]:
    """Describe the price table, and name what is sent and has no price, and where vendors report other prices."""
    prices = prices_of(settings)
    least, most = prices.believed()
    believed = {pair: price for pair, price in learned.by_pair.items() if least <= price <= most}
    prices = replace(prices, reported=believed)
    found: list[Finding] = []
    if prices.listed:
        found.append(("ok", "prices", f"{len(prices.listed)}, in {prices.currency}: {_range(prices)}"))
        found += [("warn", "prices", gap) for gap in _find_gaps(prices, routes, settings)]
        found += [("warn", "prices", difference) for difference in _find_differences(prices)]
    else:
        message = f"none; the fraud guard takes each segment to cost {as_money(ASSUMED_PRICE)}; OTP_PRICES sets them"
        found.append(("ok", "prices", message))
    if used := [pair for pair in believed if pair not in prices.listed]:
        found.append(("ok", "prices", f"{len(used)} more as vendors report them"))
    return [*found, *(("warn", "prices", refused) for refused in _find_refused(learned.refused, prices.currency))]


def _find_differences(prices: Prices) -> Iterator[str]:
    """Yield the rows whose vendor reports another price."""
    for gateway, country in sorted(prices.reported.keys() & prices.listed.keys()):
        row, reported = prices.listed[gateway, country], prices.reported[gateway, country]
        if abs(reported - row) > _DIFFERENCE * row:
            yield (
                f"{gateway} reports {as_money(reported)} for {country}, and the table has {as_money(row)}, which "
                "counts; correct the row, or remove it"
            )


def _find_refused(refused: Mapping[str, str], currency: str) -> Iterator[str]:
    """Yield the gateways whose reported prices are not believed."""
    for gateway, text in sorted(refused.items()):
        yield (
            f"{gateway} reports prices that do not count, like {text}: only those in OTP_CURRENCY, {currency}, do, "
            "from a tenth of the lowest row to ten times the highest"
        )


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
    """Yield what each gateway sends to without a price."""
    missing: dict[str, list[str]] = {}
    for country in sorted(_open_countries(settings)):
        for gateway in sorted({step.gateway for steps in routes.of(country) for step in steps}):
            if not prices.is_known(gateway, country):
                missing.setdefault(gateway, []).append(country)
    for gateway, countries in missing.items():
        more = f" and {len(countries) - _MAX_NAMED} more" if len(countries) > _MAX_NAMED else ""
        highest = max(prices.of(gateway, country) for country in countries)
        yield (
            f"{gateway} has none for {', '.join(countries[:_MAX_NAMED])}{more}: each costs the highest of its country, "
            f"or of the table, up to {as_money(highest)}; add a row"
        )
