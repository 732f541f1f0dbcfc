"""Phone numbers that exist, by country and block, and what an SMS to each country costs.

A block is a number without its last four digits. Validity is that of the service, which reads libphonenumber's plans.
"""

from functools import cache
from random import Random

import phonenumbers
from phonenumbers import PhoneNumberType

from app.domain.numbering_plan import classify_number

BLOCK_DIGITS = 4

COSTS = {
    "AM": 0.17, "AT": 0.08, "AZ": 0.31, "BD": 0.27, "BE": 0.085, "BR": 0.03, "CH": 0.06, "CM": 0.2, "CO": 0.01,
    "DE": 0.09, "DZ": 0.25, "EE": 0.07, "EG": 0.26, "ES": 0.06, "FR": 0.065, "GB": 0.045, "GE": 0.15, "GH": 0.22,
    "ID": 0.33, "IN": 0.07, "IQ": 0.27, "IT": 0.07, "JO": 0.24, "KE": 0.16, "KG": 0.21, "KZ": 0.2, "LB": 0.19,
    "LK": 0.24, "MA": 0.1, "MT": 0.05, "MX": 0.04, "NG": 0.28, "NL": 0.078, "PH": 0.17, "PK": 0.3, "PL": 0.03,
    "SE": 0.05, "SN": 0.15, "TH": 0.03, "TJ": 0.35, "TN": 0.24, "US": 0.0083, "UZ": 0.32, "VN": 0.12,
}  # fmt: skip  # one row for each country would be forty lines
"""Euros for one SMS, of the size that vendors' public price lists had in 2026."""

PUMPED = ("AZ", "BD", "DZ", "EG", "GE", "GH", "ID", "IQ", "JO", "KE", "KG", "KZ", "LB", "LK", "NG", "PK", "SN", "TJ")
"""Countries where an SMS is dear, which pumpers therefore prefer."""

HOME = ("NL", "DE", "FR", "GB", "BE", "ES", "IT", "PL", "SE", "AT", "CH", "US", "BR", "IN", "MX")
"""Countries from which the services of the generator choose their own."""


def stream(*names: object) -> Random:
    """Return a source of chance that depends on these names alone, in every process."""
    return Random("/".join(map(str, names)))  # noqa: S311  a repeatable sequence is the purpose


def number_anywhere(random: Random, country: str) -> str:
    """Draw a mobile number of a country, in E.164; each that exists is as likely as any other."""
    code, length = _plan(country)
    while True:
        national = "".join(random.choices("0123456789", k=length))
        if _exists(code, national, country):
            return f"+{code}{national}"


def number_in(random: Random, block: str, country: str) -> str:
    """Draw a number of a block, in E.164."""
    code, _ = _plan(country)
    while True:
        number = block + "".join(random.choices("0123456789", k=BLOCK_DIGITS))
        if _exists(code, number[1 + len(code) :], country):
            return number


def block_of(number: str) -> str:
    """Return the block of a number in E.164."""
    return number[:-BLOCK_DIGITS]


def draw_blocks(random: Random, country: str, count: int) -> list[str]:
    """Draw different blocks of a country, fewer if it has not so many."""
    blocks: dict[str, None] = {}
    for _ in range(count * 4):
        if len(blocks) == count:
            break
        blocks[block_of(number_anywhere(random, country))] = None
    return list(blocks)


@cache
def _plan(country: str) -> tuple[str, int]:
    """Return a country's calling code and the length of its mobile numbers."""
    example = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    assert example is not None, f"{country} has no mobile numbers"
    return str(example.country_code), len(phonenumbers.national_significant_number(example))


def _exists(code: str, national: str, country: str) -> bool:
    return classify_number(code, national) == (country, "mobile")
