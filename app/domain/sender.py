"""Senders: what a phone shows as the origin of an SMS."""

import re

_NUMBER = re.compile(r"\+[0-9]{1,14}|[0-9]{3,8}")  # in full, or a short code
_NAME = re.compile(r"(?! )(?=.*[A-Za-z])[A-Za-z0-9 _&+-]{1,11}(?<! )")
ANY_NAME = re.compile(".*")
"""The names that a vendor takes that takes all of them."""
PLAIN_NAME = re.compile("[A-Za-z0-9 ]*")
"""The names that every vendor takes."""

COUNTRIES_WITHOUT_NAMES = frozenset({"US", "CA", "PR", "CN"})
"""Where networks show no names: they replace or drop the SMS. Source: the country pages of several vendors."""


def is_sender(text: str) -> bool:
    """Return whether some vendor takes this sender: a name of at most 11 characters, a number, or a short code."""
    return bool(_NUMBER.fullmatch(text) or _NAME.fullmatch(text))


def is_name(sender: str) -> bool:
    """Return whether a sender is a name; "" is none."""
    return bool(_NAME.fullmatch(sender))


def is_taken(sender: str, name: re.Pattern[str]) -> bool:
    """Return whether a vendor takes this sender; `name` matches the names that it takes."""
    return bool(_NUMBER.fullmatch(sender) or (is_name(sender) and name.fullmatch(sender)))
