"""Parses the autofill line of an SMS as browsers do."""

import re


def bound_code(text):
    """Return host and code by the steps of the WICG's sms-one-time-codes, §3.1, or None if a browser finds none.

    An embedded host or other text after the code does not change host and code.
    """
    line = text.split("\n")[-1]
    if not line.startswith("@"):
        return None
    host, space, rest = line[1:].partition(" ")
    if not host or not space or re.search(r"[\t\f\r]", host) or not rest.startswith("#"):
        return None
    code = re.split(r"[ \t\f\r]", rest[1:])[0]
    return (host, code) if code else None


def first_bound_code(text):
    """Return host and code as Chromium finds them: the first match anywhere in the text."""
    found = re.search(r"(?:^|\s)@([a-zA-Z0-9.-]+) #([^#\s]+)", text)
    return (found[1], found[2]) if found else None
