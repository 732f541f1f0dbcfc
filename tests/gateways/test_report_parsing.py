import pytest

from app.domain.gateway import Unsure
from app.gateways.report_parsing import amount, first_text, only_digits


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
def test_a_leaf_is_a_text_or_a_whole_number(fields, text):
    """A yes or no is neither, though Python counts with it."""
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
def test_a_number_is_compared_by_the_ten_digits_alone(number, digits):
    """Python knows hundreds of digits; a phone's number has ten."""
    assert only_digits(number) == digits


@pytest.mark.parametrize(
    ("currency", "told"),
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
def test_a_balance_has_a_currency_that_is_one_word(currency, told):
    """An operator's terminal shows it; whatever else a vendor writes there stays away from it."""
    assert amount({"balance": 12.5}, "balance", currency=currency) == told


@pytest.mark.parametrize("value", ["", "lots", "1e5", "1,5", "nan", "--1", "٣", True, None, [1], "1" * 16])
def test_what_is_no_number_is_no_balance(value):
    with pytest.raises(Unsure):
        amount({"balance": value}, "balance")
