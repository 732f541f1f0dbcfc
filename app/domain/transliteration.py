# ruff: noqa: RUF001  this file maps characters that look alike
"""Transliteration to GSM-7, which saves segments: a curly quote becomes a straight one, an ł an l."""

import unicodedata
from enum import StrEnum

from app.domain.gsm7 import fits_gsm7


class Transliteration(StrEnum):
    """How far a text may be changed to fit GSM-7; if it would still not fit, it is not changed."""

    OFF = "off"
    PUNCTUATION = "punctuation"
    """Quotes, dashes and spaces only, as word processors insert them."""
    LETTERS = "letters"
    """Accents too."""


_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʼ`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "),
        **dict.fromkeys("\u00ad\u2060\ufeff", ""),  # invisible
        "…": "...",
        "•": "*",
    }
)
# Letters that Unicode does not decompose into a base letter and an accent.
_LETTERS = str.maketrans("đĐðÐħĦıłŁŧŦ", "dDdDhHilLtT") | str.maketrans(
    {"œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th", "ẞ": "SS"}
)


def transliterate(text: str, spelling: Transliteration) -> str:
    """Transliterate a text to GSM-7; a text that is GSM-7 already, or cannot become it, stays unchanged."""
    text = text if spelling is Transliteration.OFF else unicodedata.normalize("NFC", text)
    if spelling is Transliteration.OFF or fits_gsm7(text):
        return text
    plain = text.translate(_PUNCTUATION)
    if spelling is Transliteration.LETTERS:
        plain = "".join(char if fits_gsm7(char) else _base_letter(char) for char in plain)
    return plain if fits_gsm7(plain) else text


def _base_letter(char: str) -> str:
    """Remove all accents of a letter; Vietnamese letters may have two."""
    decomposed = unicodedata.normalize("NFD", char.translate(_LETTERS))
    return "".join(part for part in decomposed if not unicodedata.combining(part))
