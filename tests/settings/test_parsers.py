"""Parsing of secrets, countries, Redis URLs and test numbers."""

import phonenumbers
import pytest
from pydantic import SecretStr

from app.settings.load import BadSettings, load_settings
from app.settings.parsers import decode_secret, read_countries, read_test_numbers

ONE = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
TWO = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA"


def load(**given):
    return load_settings({"OTP_ENV": "development"} | {f"OTP_{name}": value for name, value in given.items()})


def test_secrets_keep_their_order():
    secrets = load(SECRETS=f"k2:{TWO}, k1:{ONE}=").secrets

    assert [secret.id for secret in secrets] == ["k2", "k1"]
    assert secrets[1].value.get_secret_value() == b"0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ONE,
        f":{ONE}",
        f"k 1:{ONE}",
        f"{'k' * 17}:{ONE}",
        f"k1:{ONE},",
        f"k1:{ONE},k1:{TWO}",
        f"k1:{ONE[:-2]}",
        f"k1:{ONE}AAAA",
        "k1:????",
        f"k1:{'AAAB' * 10}AAA",
    ],
)
def test_invalid_secrets_are_refused(text):
    with pytest.raises(BadSettings):
        load(SECRETS=text)


def test_decode_secret_ignores_surrounding_whitespace():
    assert decode_secret(SecretStr(f" {ONE}\n")) == b"0123456789abcdef0123456789abcdef"


def test_read_countries_accepts_two_letter_codes_and_a_wildcard():
    assert read_countries("nl, BE,") == {"NL", "BE"}
    assert read_countries(["nl", "BE"]) == {"NL", "BE"}
    assert read_countries("*") == read_countries(["*"]) == phonenumbers.SUPPORTED_REGIONS


@pytest.mark.parametrize("text", ["", ",", "NLD", "XX", "NL;BE", "NL BE", "**", [], ["XX"], ["NL", "*"]])
def test_read_countries_refuses_unknown_codes(text):
    with pytest.raises(ValueError, match="no such country"):
        read_countries(text)


def test_test_number_has_a_code_and_an_end_date():
    numbers = read_test_numbers("+31612345678=042137@2026-12-31, +32470123456=123456@2026-12-01,")

    assert set(numbers) == {"+31612345678", "+32470123456"}
    assert (numbers["+31612345678"].code, str(numbers["+31612345678"].until)) == ("042137", "2026-12-31")
    assert "042137" not in repr(numbers)


@pytest.mark.parametrize(
    "text",
    [
        "+31612345678",
        "+31612345678=042137",
        "+31612345678=042137@2026-13-01",
        "+31612345678=042137@soon",
        "+31612345678=abc@2026-12-31",
        "+31612345678=123@2026-12-31",
        "0612345678=042137@2026-12-31",
        "+316=042137@2026-12-31",
        "x",
    ],
)
def test_invalid_test_number_is_refused(text):
    with pytest.raises(ValueError, match=r"test number|possible length|does not exist"):
        read_test_numbers(text)
