"""Finds secrets in a text that must not contain any."""

import re


def number_notations(number):
    """Return the notations of a whole number."""
    digits = number.removeprefix("+")
    return [digits, digits[2:], f"0{digits[2:]}", f"00{digits}", f"%2B{digits}"]


def find_secrets(text, secrets, *, codes=()):
    """Return the secrets that a text contains; a code counts only as a separate token, because ids contain digits."""
    found = [secret for secret in secrets if secret in text]
    return found + [code for code in codes if re.search(rf"(?<![\w.-]){code}(?![\w.-])", text)]


def text_around_code(text):
    """Return the texts of an SMS around its code, line by line."""
    return [line for line in re.split(r"\d{4,10}|\n", text) if line]
