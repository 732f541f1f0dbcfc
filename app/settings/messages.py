"""Error messages for operators: pydantic's own name types, patterns and classes."""

from collections.abc import Mapping
from typing import Any

_WHOLE = "write a whole number"
_OBJECT = "write an object, in braces"
_LIST = "write a list, in brackets"
_MESSAGES = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "model_type": _OBJECT,
    "dict_type": _OBJECT,
    "list_type": _LIST,
    "frozen_set_type": _LIST,
    "string_type": "write it as text, in quotes",
    "literal_error": "write {expected}",
    "enum": "write {expected}",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "float_parsing": "write a number",
    "greater_than_equal": "give at least {ge:.9g}",
    "less_than_equal": "give at most {le:.9g}",
}


def describe_error(error: Mapping[str, Any]) -> str:
    """Return the message without full stop and value; a message of our own validators is used as it is."""
    if error["type"] in _MESSAGES:
        return _MESSAGES[error["type"]].format(**error.get("ctx", {}))
    message: str = error["msg"]
    return message.removeprefix("Value error, ").rstrip(".")
