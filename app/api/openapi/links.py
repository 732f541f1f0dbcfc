"""OpenAPI links from a response to the operations that follow it."""

from typing import Any

_NAMES = str.maketrans(" /", "_.", "{}")  # the characters that a link name allows


def links_to(status: int, *calls: tuple[str, str, str]) -> dict[int | str, dict[str, Any]]:
    """Describe the links of a response: for each an operation, the response field that it takes, and a description.

    The field fills `{id}` when the operation's path has one, else the body field of the same name.
    """
    links = {}
    for operation, field, description in calls:
        method, _, path = operation.partition(" ")
        target = {"parameters": {"id": _at(field)}} if "{id}" in path else {"requestBody": {field: _at(field)}}
        reference = f"#/paths/{path.replace('/', '~1')}/{method}"
        links[f"{method} {path}".translate(_NAMES)] = {"operationRef": reference, "description": description, **target}
    return {status: {"links": links}}


def _at(field: str) -> str:
    return f"$response.body#/{field}"
