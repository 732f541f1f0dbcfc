"""Looks for what must never stand in a log."""

import re


def spellings(number):
    """Give the ways in which a whole number may be written."""
    digits = number.removeprefix("+")
    return [digits, digits[2:], f"0{digits[2:]}", f"00{digits}", f"%2B{digits}"]


def found_in(text, secrets, *, codes=()):
    """List the secrets that a text holds; a code counts only where it stands alone, for ids hold digits too."""
    found = [secret for secret in secrets if secret in text]
    return found + [code for code in codes if re.search(rf"(?<![\w.-]){code}(?![\w.-])", text)]


def words_of(text):
    """Give what an SMS says behind its code, each line of it."""
    return [line for line in re.split(r"\d{4,10}|\n", text) if line]
