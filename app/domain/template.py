"""A text with places for what differs from SMS to SMS, like `{code} is your {brand} code`."""

import re

VARIABLES = ("brand", "code", "minutes", "reference", "host", "hash")
_AUTOFILL = "@{host} #{code}"  # the WICG's sms-one-time-codes: nothing may stand below this line
_LIKE_AUTOFILL = re.compile(r"@\S+ +#\{code\}")
_LINE = re.compile(re.escape(_AUTOFILL) + r"( \{hash\})?")
_PLACE = re.compile(r"\{([a-z_]*)\}")
_LONGEST = 500
UNPRINTED = r"\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""Characters that no text has: controls but the newline, what turns the direction of letters, broken pairs."""

_UNPRINTED = re.compile(f"[{UNPRINTED}]")
_GLUED = re.compile(r"[\d}]\{code\}|\{code\}[\d{]")


def read_template(text: str) -> str:
    """Check a text, and give it the autofill line where it has none; raises `ValueError` with what to mend."""
    if len(text) > _LONGEST or _UNPRINTED.search(text):
        raise ValueError(f"a text has at most {_LONGEST} characters, and no control character but the newline")
    if strange := sorted(set(_PLACE.findall(text)).difference(VARIABLES)):
        known = ", ".join(f"{{{name}}}" for name in VARIABLES)
        raise ValueError(f"there is no {{{strange[0]}}}; a text knows {known}")
    if set("{}").intersection(_PLACE.sub("", text)):
        raise ValueError("a brace in a text belongs to a variable, like {code}")
    above, _, line = text.rpartition("\n")
    if not _LINE.fullmatch(line):
        above, line = text.rstrip(), f"\n{_AUTOFILL}"
    if _LIKE_AUTOFILL.search(above):
        raise ValueError(f"the autofill line is {_AUTOFILL}, and nothing stands below it, no empty line either")
    if "{hash}" in above:
        raise ValueError("{hash} stands behind the autofill line alone, and comes there by itself")
    if _GLUED.search(above):
        raise ValueError("between {code} and a digit or another variable stands something, or nobody can read the code")
    if "{code}" not in above:
        raise ValueError("a text says {code} above the autofill line too: not every phone reads that one")
    return f"{above}\n{line.removesuffix(' {hash}')} {{hash}}"


def fill(template: str, **values: str) -> str:
    """Put values into a checked text; an Android app's hash that is "" leaves nothing behind."""
    return _PLACE.sub(lambda place: values[place[1]], template).rstrip()
