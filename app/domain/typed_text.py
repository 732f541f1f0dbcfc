"""Clean what a person typed or pasted: one way for numbers and codes, in API, form, commands and settings."""

import unicodedata

_PLAIN = {
    "\N{MINUS SIGN}": "-",
    "\N{FULLWIDTH PLUS SIGN}": "+",
    "\N{SMALL PLUS SIGN}": "+",
    "\N{SUPERSCRIPT PLUS SIGN}": "+",
    "\N{FULLWIDTH LEFT PARENTHESIS}": "(",
    "\N{FULLWIDTH RIGHT PARENTHESIS}": ")",
}


def clean_typed(text: str) -> str:
    """Drop format characters (Unicode Cf), and write spaces, dashes, plus signs and digits of every script in ASCII.

    Contact cards and pages in right-to-left scripts put invisible marks around numbers. Other characters stay.
    """
    if not text.isascii():
        text = "".join(map(_plain, text))
    return " ".join(text.split())


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return "-"
    return " " if character.isspace() else _PLAIN.get(character, character)
