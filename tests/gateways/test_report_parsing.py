"""Helpers that parse reports and balances of any vendor."""

import pytest

from app.domain.gateway import Unsure
from app.gateways.report_parsing import balance, first_text, only_digits, price


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"a": " v-1 "}, "v-1"),
        ({"a": 17}, "17"),
        ({"a": 0}, "0"),
        ({"a": True}, ""),
        ({"a": False}, ""),
        ({"a": True, "b": "v-2"}, "v-2"),
        ({"a": " ", "b": 3}, "3"),
        ({"a": 1.5}, ""),
        ({"a": None}, ""),
        ({"a": ["v-1"]}, ""),
        ({"a": "x" * 300}, "x" * 255),
        ({"a": " " + "x" * 255 + "y"}, "x" * 255),
        ({}, ""),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_first_text_returns_strings_and_integers_only(fields, text):
    """A boolean is neither, although it is an `int` in Python."""
    assert first_text(fields, "a", "b") == text


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("+31 6-1234 5678", "31612345678"),
        ("tel:31612345678", "31612345678"),
        ("٣١٦١٢٣٤٥٦٧٨", ""),
        ("3¹6²", "36"),
        ("", ""),
    ],
)
def test_only_digits_keeps_ascii_digits(number, digits):
    """Unicode has hundreds of digits; a phone number uses ten."""
    assert only_digits(number) == digits


@pytest.mark.parametrize(
    ("currency", "expected"),
    [
        ("EUR", "12.5 EUR"),
        ("eur", "12.5 eur"),
        ("prepaid_credits", "12.5 prepaid_credits"),
        ("", "12.5"),
        ("x" * 16, f"12.5 {'x' * 16}"),
        ("x" * 17, "12.5"),
        ("EUR 1", "12.5"),
        ("€", "12.5"),
        ("EUR\n", "12.5"),
    ],
)
def test_a_balance_shows_a_valid_currency_only(currency, expected):
    """The balance is shown in an operator's terminal, so any other text of the vendor's is dropped."""
    assert balance({"balance": 12.5}, "balance", currency=currency) == expected


@pytest.mark.parametrize("value", ["", "lots", "1e5", "1,5", "nan", "--1", "٣", True, None, [1], "1" * 16])
def test_a_balance_that_is_not_a_number_raises_unsure(value):
    with pytest.raises(Unsure):
        balance({"balance": value}, "balance")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["0.0333"], "0.0333 EUR"),
        ([0.07 * 3], "0.21 EUR"),
        ([0.00001], "0.00001 EUR"),
        ([0], "0 EUR"),
        (["0.03330000", "0.1"], "0.13330000 EUR"),
        (["0.0333", None], None),
        ([], None),
        *(([value], None) for value in ["", "free", "1,5", "nan", "-1", -1, 1e300, float("inf"), True, [1], {}, "٣"]),
    ],
)
def test_a_price_that_cannot_be_read_is_none(values, text):
    """The SMS was accepted; an error would send it again."""
    assert price(*values, currency="EUR") == text
