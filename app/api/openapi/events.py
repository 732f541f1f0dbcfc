"""The events as webhooks of the OpenAPI document, from the table of app/domain/events.py."""

from datetime import datetime
from functools import cache
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, create_model

from app.api.openapi import examples
from app.api.openapi.examples import with_examples
from app.api.responses import VerificationResponse
from app.domain.events import EVENT_TYPES, EventType, Family
from app.domain.status import Reason, Status

_HEADERS = (
    ("webhook-id", "The id of the event, the same at every try."),
    ("webhook-timestamp", "When this try was made, in seconds since 1970."),
    ("webhook-signature", "`v1,` and a signature by Standard Webhooks 1.0; during a rotation several, after spaces."),
)
_MASKED = "Masked; whole where the endpoint asks for it."


class VerificationData(VerificationResponse):
    """What `GET /v1/verifications/{id}` showed at that moment."""

    model_config = with_examples(examples.VERIFICATION | {"phone_number": examples.MASKED})

    phone_number: str = Field(description=_MASKED)


class MessageData(BaseModel):
    """A message whose status has changed."""

    model_config = with_examples(examples.MESSAGE_EVENT)

    message_id: str
    verification_id: str | None
    purpose: str | None
    gateway: str
    status: Status
    reason: Reason | None
    segments: int | None
    price: str | None
    phone_number: str = Field(description=_MASKED)
    reference: str | None


class LimitData(BaseModel):
    """A limit of which half, or four fifths, are spent."""

    model_config = with_examples(examples.LIMIT_EVENT)

    limit: Literal["sends_per_app", "sends_per_country", "spend_per_app", "spend_per_country"]
    app: str | None
    country: str | None
    share: float
    window_ends_at: datetime


class WatchData(BaseModel):
    """The counts of the failure watch."""

    model_config = with_examples(examples.WATCH_EVENT)

    app: str | None
    failed: int
    checked: int


class GuardData(BaseModel):
    """A country or block that the fraud guard challenges or blocks."""

    model_config = with_examples(examples.GUARD_EVENT)

    app: str
    decision: Literal["challenge", "block"]
    mode: Literal["monitor", "enforce"]
    country: str
    block: str | None
    evidence: list[str]
    count: int


DATA: dict[Family, type[BaseModel]] = {
    Family.VERIFICATION: VerificationData,
    Family.MESSAGE: MessageData,
    Family.LIMIT: LimitData,
    Family.WATCH: WatchData,
    Family.GUARD: GuardData,
}


@cache
def event_webhooks() -> APIRouter:
    """Return a router that only describes: the service sends these requests, and receives none of them."""
    router = APIRouter()
    for type in EVENT_TYPES:
        router.add_api_route(
            type.name,
            _describe(type),
            methods=["POST"],
            status_code=204,
            summary=type.when.rstrip("."),
            description="A signed request to each endpoint of an app that wants this type; docs/using/events.md.",
            operation_id=f"on{''.join(word.capitalize() for word in type.name.split('.'))}",
            tags=["events"],
            response_description="Any 2xx: the event was received.",
            responses={"default": {"description": "The event is sent again later; 410 switches the endpoint off."}},
            openapi_extra={"parameters": [_header(name, description) for name, description in _HEADERS]},
        )
    return router


def _describe(type: EventType) -> Any:  # noqa: ANN401  a handler that is never called
    name = "".join(word.capitalize() for word in type.name.split("."))
    fields: dict[str, Any] = {
        "type": (Literal[type.name], ...),
        "timestamp": (datetime, Field(description="When it happened.")),
        "data": (DATA[type.family], ...),
    }
    event = create_model(f"{name}Event", __doc__=type.when, **fields)

    async def receive(body: Any) -> None: ...  # noqa: ANN401  its annotation follows

    receive.__annotations__["body"] = event
    return receive


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}
