"""Templates: JSON whose strings contain placeholders, which are replaced in strings and nowhere else.

The template is parsed before values are inserted, so no number, text or sender can end a field or add
one. A placeholder is a name in braces, `{to}`; a literal brace is doubled, `{{`. `{unicode:0|8}` is the
first value if the text fits the GSM alphabet, and the second if it does not.

A string of a body that is one typed placeholder becomes a JSON number or boolean: `{valid_for:number}`,
`{unicode:number:0|8}`, `{unicode:boolean:false|true}`.
"""

import re
from collections.abc import Mapping
from string import Formatter

ACCOUNT = frozenset({"user", "password", "secret", "basic", "token", "account"})
NUMBER = frozenset({"to", "to_e164"})
TEXT = frozenset({"text", "text_hex"})
TEXT_BY_ALPHABET = frozenset({"gsm_text", "unicode_hex"})  # exactly one of them is filled
CODE = "code"
CONTENT = TEXT | TEXT_BY_ALPHABET | {CODE}
DLT_IDS = frozenset({"entity_id", "template_id"})
_TIMES = {"valid_for", "valid_for_minutes", "expires_at", "expires_at_unix"}
_REST = {"sender", "id", "template", "report_url", "unicode"}
PLACEHOLDERS = ACCOUNT | NUMBER | CONTENT | DLT_IDS | _TIMES | _REST

# What has a value in each message, and whose value is always an integer. A code is none: it may begin with 0.
_INTEGERS = {"to", "valid_for", "valid_for_minutes", "expires_at_unix"}
_MAX_DEPTH = 8  # no vendor's API nests deeper, and a thousand brackets would overflow the stack
_CHOICE = re.compile(r"[^{}|]*\|[^{}|]*")
_TYPED = re.compile(r"\{([a-z_0-9]*):(number|boolean)(?::([^{}]*))?\}")
_TYPED_CHOICE = {
    "number": re.compile(r"(0|[1-9][0-9]{0,8})\|(0|[1-9][0-9]{0,8})"),
    "boolean": re.compile(r"true\|false|false\|true"),
}
_LOGGABLE = re.compile("[a-z_]{1,20}")  # looks like the name of a placeholder, and not like a key


def placeholders(template: object, *, is_body: bool = False, depth: int = _MAX_DEPTH) -> set[str]:
    """Return the placeholders of a template; raises `ValueError` that names the invalid part.

    Only a body may contain typed placeholders.
    """
    if depth < 0:
        raise ValueError(f"nest it at most {_MAX_DEPTH} deep")
    match template:
        case str():
            typed = _TYPED.fullmatch(template) if is_body else None
            return {_typed_name(*typed.groups())} if typed else _in_text(template)
        case list():
            parts = template
        case dict():
            if any("{" in name or "}" in name for name in template):
                raise ValueError("a field name contains a brace; only values may contain placeholders")
            parts = list(template.values())
        case _:
            parts = []
    return {name for part in parts for name in placeholders(part, is_body=is_body, depth=depth - 1)}


def fill(template: object, values: Mapping[str, str]) -> object:
    """Replace the placeholders of a body; an object's field that becomes empty is left out: many vendors reject it."""
    match template:
        case str():
            typed = _TYPED.fullmatch(template)
            return _fill_typed(typed, values) if typed else fill_text(template, values)
        case list():
            return [fill(part, values) for part in template]
        case dict():
            return {name: filled for name, part in template.items() if (filled := fill(part, values)) != ""}
        case _:
            return template


def fill_fields(template: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Replace the placeholders of headers, a query or a form; a field that becomes empty is left out."""
    return {name: filled for name, text in template.items() if (filled := fill_text(text, values))}


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders of one string; braces in a value are literal."""
    pieces = Formatter().parse(text)
    return "".join(literal + _value(name, choice or "", values) for literal, name, choice, _ in pieces)


def _fill_typed(typed: re.Match[str], values: Mapping[str, str]) -> int | bool:
    """Return the JSON number or boolean of a typed placeholder, which `placeholders` has validated."""
    name, kind, choice = typed.groups()
    value = _value(name, choice or "", values)
    return int(value) if kind == "number" else value == "true"


def _value(name: str | None, choice: str, values: Mapping[str, str]) -> str:
    if name == "unicode":
        gsm, _, unicode = choice.partition("|")
        return unicode if values[name] else gsm
    return values[name] if name else ""


def _typed_name(name: str, kind: str, choice: str | None) -> str:
    """Return the name of a typed placeholder; raises `ValueError` where its value has not that type."""
    is_right = (
        _TYPED_CHOICE[kind].fullmatch(choice or "")
        if name == "unicode"
        else name in _INTEGERS and kind == "number" and choice is None
    )
    if is_right:
        return name
    if name == CODE:
        raise ValueError("{code} may begin with 0, which a JSON number cannot; write it as text, {code}")
    numbers = ", ".join(sorted(_INTEGERS))
    raise ValueError(
        f"only {numbers} can be a number, like {{to:number}}; of unicode write {{unicode:number:0|8}} or "
        "{unicode:boolean:false|true}"
    )


def _in_text(text: str) -> set[str]:
    """Return the placeholders of one string; raises `ValueError` for an invalid one."""
    try:
        pieces = [piece for piece in Formatter().parse(text) if piece[1] is not None]
    except ValueError:
        raise ValueError("a brace is unbalanced; write a literal brace twice, like {{") from None
    for _, name, choice, conversion in pieces:
        is_readable = _CHOICE.fullmatch(choice or "") if name == "unicode" else not choice
        if (choice or "").partition(":")[0] in _TYPED_CHOICE:
            raise ValueError(
                'a number or a boolean is a whole string of BODY, like "{to:number}"; elsewhere everything is text'
            )
        if name not in PLACEHOLDERS or conversion or not is_readable:
            shown = f"{{{name}}}" if name and _LOGGABLE.fullmatch(name) else "{…}"
            known = ", ".join(sorted(PLACEHOLDERS - {"unicode"}))
            raise ValueError(f"{shown} is not a placeholder; available: {known}, and unicode:0|8 with your two values")
    return {name for _, name, _, _ in pieces if name}
