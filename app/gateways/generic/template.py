"""Templates: JSON whose strings contain placeholders, which are replaced in strings and nowhere else.

The template is parsed before values are inserted, so no number, text or sender can end a field or add
one. A placeholder is a name in braces, `{to}`; a literal brace is doubled, `{{`. `{unicode:0|8}` is the
first value if the text fits the GSM alphabet, and the second if it does not.
"""

import re
from collections.abc import Mapping
from string import Formatter

ACCOUNT = frozenset({"user", "password", "secret", "basic"})
NUMBER = frozenset({"to", "to_e164"})
TEXT = frozenset({"text", "text_hex"})
TEXT_BY_ALPHABET = frozenset({"gsm_text", "unicode_hex"})  # exactly one of them is filled
_REST = {"sender", "id", "valid_for", "valid_for_minutes", "entity_id", "template_id", "report_url", "unicode"}
PLACEHOLDERS = ACCOUNT | NUMBER | TEXT | TEXT_BY_ALPHABET | _REST

_MAX_DEPTH = 8  # no vendor's API nests deeper, and a thousand brackets would overflow the stack
_CHOICE = re.compile(r"[^{}|]*\|[^{}|]*")
_LOGGABLE = re.compile("[a-z_]{1,20}")  # looks like the name of a placeholder, and not like a key


def placeholders(template: object, *, depth: int = _MAX_DEPTH) -> set[str]:
    """Return the placeholders of a template; raises `ValueError` that names the invalid part."""
    if depth < 0:
        raise ValueError(f"nest it at most {_MAX_DEPTH} deep")
    match template:
        case str():
            return _in_text(template)
        case list():
            parts = template
        case dict():
            if any("{" in name or "}" in name for name in template):
                raise ValueError("a field name contains a brace; only values may contain placeholders")
            parts = list(template.values())
        case _:
            parts = []
    return {name for part in parts for name in placeholders(part, depth=depth - 1)}


def fill(template: object, values: Mapping[str, str]) -> object:
    """Replace the placeholders; an object's field that becomes empty is left out, because many vendors reject it."""
    match template:
        case str():
            return fill_text(template, values)
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


def _value(name: str | None, choice: str, values: Mapping[str, str]) -> str:
    if name == "unicode":
        gsm, _, unicode = choice.partition("|")
        return unicode if values[name] else gsm
    return values[name] if name else ""


def _in_text(text: str) -> set[str]:
    """Return the placeholders of one string; raises `ValueError` for an invalid one."""
    try:
        pieces = [piece for piece in Formatter().parse(text) if piece[1] is not None]
    except ValueError:
        raise ValueError("a brace is unbalanced; write a literal brace twice, like {{") from None
    for _, name, choice, conversion in pieces:
        is_readable = _CHOICE.fullmatch(choice or "") if name == "unicode" else not choice
        if name not in PLACEHOLDERS or conversion or not is_readable:
            shown = f"{{{name}}}" if name and _LOGGABLE.fullmatch(name) else "{…}"
            known = ", ".join(sorted(PLACEHOLDERS - {"unicode"}))
            raise ValueError(f"{shown} is not a placeholder; available: {known}, and unicode:0|8 with your two values")
    return {name for _, name, _, _ in pieces if name}
