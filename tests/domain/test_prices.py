"""The price table: which row counts, and what has no row."""

import pytest

from app.domain.prices import ASSUMED_PRICE, Prices, as_money
from app.domain.route import RouteStep

PRICES = Prices(
    listed={
        ("one", "NL"): 80_000,
        ("*", "NL"): 70_000,
        ("one", "*"): 60_000,
        ("two", "ID"): 300_000,
        ("*", "BE"): 90_000,
    }
)


@pytest.mark.parametrize(
    ("gateway", "country", "price"),
    [
        ("one", "NL", 80_000),  # of both
        ("two", "NL", 70_000),  # of the country
        ("one", "BE", 90_000),  # of the country, before that of the gateway
        ("one", "DE", 60_000),  # of the gateway
        ("three", "ID", 300_000),  # the highest of the country
        ("three", "DE", 300_000),  # the highest of all
    ],
)
def test_the_most_specific_row_counts_and_else_the_highest(gateway, country, price):
    assert PRICES.of(gateway, country) == price


def test_a_row_for_everything_is_the_last_to_count():
    prices = Prices(listed={("*", "*"): 50_000, ("one", "NL"): 80_000})

    assert prices.of("two", "NL") == 50_000
    assert prices.is_listed("two", "NL")


def test_what_no_row_names_is_not_listed():
    assert not PRICES.is_listed("three", "ID")
    assert PRICES.is_listed("three", "NL")


def test_without_any_row_a_price_is_assumed():
    assert Prices().of("one", "NL") == ASSUMED_PRICE


def test_the_expected_price_is_the_mean_of_the_first_gateways_by_weight():
    """The second step sends only where the first fails."""
    route = [[RouteStep("one", weight=3), RouteStep("two", weight=1)], [RouteStep("three")]]

    assert PRICES.expected(route, "NL") == 77_500
    assert PRICES.expected([[RouteStep("one", weight=2), RouteStep("two")]], "NL") == 76_667


@pytest.mark.parametrize(
    ("millionths", "text"),
    [
        (0, "0.00"),
        (100_000, "0.10"),
        (81_200, "0.0812"),
        (1, "0.000001"),
        (50_000_000, "50.00"),
        (12_345_600, "12.3456"),
    ],
)
def test_an_amount_has_two_decimals_or_as_many_as_it_needs(millionths, text):
    assert as_money(millionths) == text
