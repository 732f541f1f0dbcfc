"""What the validator says of a mistake, in our words: its own speak of types, patterns and classes."""

from collections.abc import Mapping
from typing import Any

_WHOLE = "write a whole number"
_OBJECT = "write an object, in braces"
_LIST = "write a list, in brackets"
_SAID = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "model_type": _OBJECT,
    "dict_type": _OBJECT,
    "list_type": _LIST,
    "frozen_set_type": _LIST,
    "string_type": "write it as text, in quotes",
    "literal_error": "write {expected}",
    "bool_parsing": "write true or false",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "float_parsing": "write a number",
    "greater_than_equal": "give at least {ge:.9g}",
    "less_than_equal": "give at most {le:.9g}",
}


def describe_error(mistake: Mapping[str, Any]) -> str:
    """Say what is wrong, without a full stop and without the value; our own validators say it themselves."""
    if mistake["type"] in _SAID:
        return _SAID[mistake["type"]].format(**mistake.get("ctx", {}))
    said: str = mistake["msg"]
    return said.removeprefix("Value error, ").rstrip(".")
