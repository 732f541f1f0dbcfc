"""The price table: which row counts, and what has no row."""

from dataclasses import replace

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
    assert prices.is_known("two", "NL")


def test_what_no_row_names_is_not_known():
    assert not PRICES.is_known("three", "ID")
    assert PRICES.is_known("three", "NL")


def test_a_reported_price_counts_after_the_row_of_both_and_before_all_others():
    prices = replace(PRICES, reported={("one", "NL"): 1, ("two", "NL"): 2, ("three", "FR"): 3})

    assert prices.of("one", "NL") == 80_000
    assert prices.of("two", "NL") == 2
    assert prices.of("three", "NL") == 70_000
    assert prices.of("four", "FR") == 3, "the highest that is known of the country"
    assert prices.is_known("three", "FR")
    assert Prices(reported={("one", "NL"): 1}).of("one", "ID") == ASSUMED_PRICE


@pytest.mark.parametrize(
    ("text", "millionths"),
    [
        ("0.0712 EUR", 71_200),
        ("0.00000010 EUR", 1),  # rounded up
        ("12 EUR", 12_000_000),
        ("0.0712 USD", 0),
        ("0.0712", 0),
        ("0.000 EUR", None),
        ("0 USD", None),
        ("", None),
        ("-1 EUR", None),
        ("1e5 EUR", None),
        ("1234567 EUR", None),
        ("free", None),
    ],
)
def test_a_price_counts_in_our_currency_only(text, millionths):
    assert Prices(currency="EUR").charge(text).reported == millionths


def test_reported_prices_are_believed_within_ten_times_the_table():
    assert PRICES.believed() == (6_000, 3_000_000)
    assert Prices(listed={("one", "NL"): 0, ("one", "BE"): 90_000}).believed() == (9_000, 900_000)
    assert Prices().believed() == (1, 100_000_000_000)
    assert Prices(listed={("one", "NL"): 0}).believed() == (1, 100_000_000_000)


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
