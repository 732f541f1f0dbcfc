# ruff: noqa: RUF001  letters that look like others are what this file is about
"""Letters that cost a second SMS, written as ones that do not: a curly quote as a straight one, an ł as an l."""

import unicodedata
from enum import StrEnum

from app.domain.gsm7 import fits_gsm7


class Transliteration(StrEnum):
    """How far a text may be changed to be sent as GSM-7; where it would not be GSM-7 then, it is not changed."""

    OFF = "off"
    PUNCTUATION = "punctuation"
    """Quotes, dashes and spaces alone: nobody misses what a word processor put there."""
    LETTERS = "letters"
    """Accents too: half a spelling would be worse, and cost as much."""


_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʼ`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "),
        **dict.fromkeys("\u00ad\u2060\ufeff", ""),  # seen by nobody
        "…": "...",
        "•": "*",
    }
)
# What Unicode does not take apart into a plain letter and its accent.
_LETTERS = str.maketrans("đĐðÐħĦıłŁŧŦ", "dDdDhHilLtT") | str.maketrans(
    {"œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th", "ẞ": "SS"}
)


def transliterate(text: str, spelling: Transliteration) -> str:
    """Write a text in letters that cost less; one that already is GSM-7, or cannot be, keeps its letters."""
    text = text if spelling is Transliteration.OFF else unicodedata.normalize("NFC", text)
    if spelling is Transliteration.OFF or fits_gsm7(text):
        return text
    plain = text.translate(_PUNCTUATION)
    if spelling is Transliteration.LETTERS:
        plain = "".join(letter if fits_gsm7(letter) else _base_letter(letter) for letter in plain)
    return plain if fits_gsm7(plain) else text


def _base_letter(letter: str) -> str:
    """Take the accents off a letter; Vietnamese has two on one."""
    apart = unicodedata.normalize("NFD", letter.translate(_LETTERS))
    return "".join(part for part in apart if not unicodedata.combining(part))
