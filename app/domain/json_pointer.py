"""JSON Pointers (RFC 6901): where a value is in a document."""

import re

_MAX_LENGTH = 200
_VALID = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def check_pointer(text: str) -> str:
    """Return a pointer that is valid and not of the whole document; raises `ValueError`."""
    if len(text) > _MAX_LENGTH or not _VALID.fullmatch(text):
        raise ValueError("write a JSON Pointer, like /sms/phone")
    return text


def find(pointer: str, document: object) -> object:
    """Return the value at a valid pointer; None where there is none. A form is an object of texts."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        match document:
            case dict():
                document = document.get(name)
            case list() if _INDEX.fullmatch(name) and int(name) < len(document):
                document = document[int(name)]
            case _:
                return None
    return document
