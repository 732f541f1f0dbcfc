"""OpenAPI links from a response to the operations that follow it."""

from typing import Any

Links = dict[str, dict[str, Any]]


def link_by_body(operation_id: str, field: str, description: str) -> Links:
    """Describe a link to an operation whose body takes this field of the response, by the same name."""
    # JSON in a string, with an expression in it: openapi-generator refuses an object here.
    body = f'{{"{field}": "{{{_expression(field)}}}"}}'
    return {operation_id: {"operationId": operation_id, "requestBody": body, "description": description}}


def link_by_id(operation_id: str, field: str, description: str) -> Links:
    """Describe a link to an operation whose path takes this field of the response as its `id`."""
    parameters = {"id": _expression(field)}
    return {operation_id: {"operationId": operation_id, "parameters": parameters, "description": description}}


def _expression(field: str) -> str:
    return f"$response.body#/{field}"
