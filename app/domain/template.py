"""SMS templates with variables, like `{code} is your {brand} code`."""

import re

VARIABLES = ("brand", "code", "minutes", "reference", "host", "hash")
_AUTOFILL = "@{host} #{code}"  # WICG sms-one-time-codes: this must be the last line
_LIKE_AUTOFILL = re.compile(r"@\S+ +#\{code\}")
_LINE = re.compile(re.escape(_AUTOFILL) + r"( \{hash\})?")
_VARIABLE = re.compile(r"\{([a-z_]*)\}")
_MAX_LENGTH = 500
FORBIDDEN_CHARACTERS = r"\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""Characters that no text may contain: controls except the newline, bidirectional controls, lone surrogates."""

_FORBIDDEN = re.compile(f"[{FORBIDDEN_CHARACTERS}]")
_UNSEPARATED = re.compile(r"[\d}]\{code\}|\{code\}[\d{]")


def read_template(text: str) -> str:
    """Validate a template and add the autofill line if it is missing; raises `ValueError` that says what to fix."""
    if len(text) > _MAX_LENGTH or _FORBIDDEN.search(text):
        raise ValueError(f"a text has at most {_MAX_LENGTH} characters, and no control character except the newline")
    if unknown := sorted(set(_VARIABLE.findall(text)).difference(VARIABLES)):
        known = ", ".join(f"{{{name}}}" for name in VARIABLES)
        raise ValueError(f"there is no {{{unknown[0]}}}; the variables are {known}")
    if set("{}").intersection(_VARIABLE.sub("", text)):
        raise ValueError("braces are only allowed around a variable, like {code}")
    above, _, line = text.rpartition("\n")
    if not _LINE.fullmatch(line):
        above, line = text.rstrip(), f"\n{_AUTOFILL}"
    if _LIKE_AUTOFILL.search(above):
        raise ValueError(f"the autofill line is {_AUTOFILL}, and must be the last line, without an empty line after it")
    if "{hash}" in above:
        raise ValueError("{hash} is only allowed at the end of the autofill line, and is added automatically")
    if _UNSEPARATED.search(above):
        raise ValueError("put a separator between {code} and a digit or another variable, so that the code is readable")
    if "{code}" not in above:
        raise ValueError("{code} must also appear above the autofill line: not every phone reads that line")
    return f"{above}\n{line.removesuffix(' {hash}')} {{hash}}"


def fill(template: str, **values: str) -> str:
    """Fill a validated template; an empty hash of an Android app leaves no trailing space."""
    return _VARIABLE.sub(lambda match: values[match[1]], template).rstrip()
