"""Which calls an answer leads to, as OpenAPI's links show them."""

from typing import Any

_NAMES = str.maketrans(" /", "_.", "{}")  # what may stand in the name of a link


def links_to(status: int, *calls: tuple[str, str, str]) -> dict[int | str, dict[str, Any]]:
    """Describe the calls that an answer leads to: an operation, the field of the answer that it takes, and why.

    A field goes into the path as `id` where the operation's path has that, else into the body by its own name.
    """
    links = {}
    for operation, field, why in calls:
        method, _, path = operation.partition(" ")
        given = {"parameters": {"id": _at(field)}} if "{id}" in path else {"requestBody": {field: _at(field)}}
        reference = f"#/paths/{path.replace('/', '~1')}/{method}"
        links[f"{method} {path}".translate(_NAMES)] = {"operationRef": reference, "description": why, **given}
    return {status: {"links": links}}


def _at(field: str) -> str:
    return f"$response.body#/{field}"
