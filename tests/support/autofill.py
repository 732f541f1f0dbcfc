"""Reads the last line of an SMS as a browser does."""

import re


def bound_code(text):
    """Give host and code by the steps of the WICG's sms-one-time-codes, §3.1, or None where a browser finds none.

    An embedded host or other text may follow the code; whatever it is, host and code stand.
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
    """Give host and code as Chromium looks for them: the first words that look like them, wherever they stand."""
    found = re.search(r"(?:^|\s)@([a-zA-Z0-9.-]+) #([^#\s]+)", text)
    return (found[1], found[2]) if found else None
