# ruff: noqa: RUF001  letters that look like others are what this file is about
"""Letters that cost a second SMS, written as ones that do not: a curly quote as a straight one, an ł as an l."""

import unicodedata
from enum import StrEnum

from app.domain.gsm7 import costly, fits_gsm7


class Spelling(StrEnum):
    """How far a text may be changed to be sent as GSM-7."""

    OFF = "off"
    PUNCTUATION = "punctuation"
    """Quotes, dashes and spaces alone: nobody misses what a word processor put there."""
    LETTERS = "letters"
    """Accents too, but only where the whole text is GSM-7 then: half a spelling is worse, and costs as much."""


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
_LETTERS = str.maketrans("đĐħĦıłŁŧŦ", "dDhHilLtT", "") | {ord("œ"): "oe", ord("Œ"): "OE", ord("þ"): "th", ord("ð"): "d"}


def spell_plainly(text: str, spelling: Spelling) -> str:
    """Write a text in letters that cost less; one that already is GSM-7, or cannot be, keeps its letters."""
    if spelling is Spelling.OFF or fits_gsm7(text):
        return text
    plain = text.translate(_PUNCTUATION)
    if spelling is Spelling.PUNCTUATION:
        return plain if len(costly(plain)) < len(costly(text)) else text
    bare = "".join(letter if fits_gsm7(letter) else _bare(letter) for letter in unicodedata.normalize("NFC", plain))
    return bare if fits_gsm7(bare) else plain


def _bare(letter: str) -> str:
    """Take the accents off a letter; Vietnamese has two on one."""
    apart = unicodedata.normalize("NFKD", letter.translate(_LETTERS))
    return "".join(part for part in apart if not unicodedata.combining(part))
