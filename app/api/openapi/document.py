"""The OpenAPI document: what FastAPI generates from the routes, completed for readers and for client generators."""

from typing import Any

from app.api.openapi import problem
from app.api.openapi.examples import FOUND_NUMBER, OUTGOING_MESSAGE, VERIFICATION
from app.api.openapi.problem_responses import any_other_problem

DESCRIPTION = """\
A backend requests a code for a phone number, and the service sends it by SMS. Once the user has typed it, the backend
exchanges it for a proof: a signed token that names the number.

A call has an API key: `Authorization: Bearer <key>`. Secret keys (`sk_…`) are for backends; publishable keys (`pk_…`)
are for browsers and native apps, which may request codes and check them by id. Every error is a `Problem`.
"""
TAGS = [
    {"name": "verifications", "description": "Request, resend and check codes; read and cancel verifications."},
    {"name": "messages", "description": "Send messages of your own: alerts, reminders, codes that you drew."},
    {"name": "proofs", "description": "Redeem or introspect a proof; the keys that verify one offline."},
    {"name": "human check", "description": "What a browser needs to pass the human check."},
    {"name": "reports", "description": "The delivery reports of the gateways; for vendors, not for clients."},
    {"name": "health", "description": "Liveness and readiness."},
]


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add to FastAPI's document what the routes do not state, in place; return it."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        _name_constants(name, schema)
    schemas |= problem.components()
    for schema in schemas.values():
        _describe_briefly(schema)
        _allow_new_members(schema)
    # FastAPI leaves out the members that are null.
    schemas["VerificationResponse"]["examples"] = [VERIFICATION]
    schemas["SearchResponse"]["examples"] = [FOUND_NUMBER]
    schemas["OutgoingMessageResponse"]["examples"] = [OUTGOING_MESSAGE]
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = any_other_problem()
            operation.setdefault("security", [])  # a public operation states that it needs no key
            for parameter in operation.get("parameters", []):
                _refuse_null(parameter)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _name_constants(name: str, schema: dict[str, Any]) -> None:
    """Put the name of an enum in front of its constants: in Go those of all enums share one namespace."""
    if "enum" in schema:
        schema["x-enum-varnames"] = [f"{name}_{value}".upper() for value in schema["enum"]]


def _describe_briefly(schema: dict[str, Any]) -> None:
    """Keep the first paragraph of a docstring: what follows is for readers of the code."""
    if "description" in schema:
        schema["description"] = schema["description"].partition("\n\n")[0]


def _allow_new_members(schema: dict[str, Any]) -> None:
    """Declare that an answer may have more members: clients of openapi-generator refuse those that are not declared.

    So a later version can add a field. The bodies of requests are closed already.
    """
    if schema.get("type") == "object":
        schema.setdefault("additionalProperties", True)


def _refuse_null(parameter: dict[str, Any]) -> None:
    """Describe an optional header as one that is missing, not as one that is null."""
    alternatives = parameter["schema"].pop("anyOf", [])
    for alternative in alternatives:
        parameter["schema"] |= alternative if alternative != {"type": "null"} else {}
