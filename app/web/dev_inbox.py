"""The developer's inbox: conversations in which each SMS appears, and whose buttons play the vendor."""

import secrets
import signal
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from app.domain.sms_segments import measure
from app.web.dev_inbox_memory import Inbox, Sms
from app.web.pages import render

PREFIX = "/dev/inbox"
FORMER_PREFIX = "/dev/phone"  # answers the same, for scripts that were written for it


class PostedSms(BaseModel):
    """What the phone's gateway hands over."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    to: Annotated[str, Field(pattern=r"^\+[0-9]{4,15}$")]
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    message_id: Annotated[str, Field(min_length=1, max_length=128)]


class AcceptedSms(BaseModel):
    """The vendor's answer: the id that it gave to the SMS, and how many segments it would charge."""

    id: str
    segments: int


class ShownSms(BaseModel):
    """One SMS as a list shows it."""

    to: str
    text: str
    at: str
    message_id: str

    @classmethod
    def of(cls, sms: Sms) -> "ShownSms":
        """Write down what may be read of an SMS; its time in whole seconds."""
        return cls(to=sms.to, text=sms.text, at=f"{sms.at:%Y-%m-%dT%H:%M:%SZ}", message_id=sms.message_id)


class EventSms(ShownSms):
    """One SMS as the phone's page is told of it, with what it costs and where its reports go."""

    id: str
    encoding: str
    segments: int
    reports: str

    @classmethod
    def told(cls, sms: Sms, *, reports: str) -> "EventSms":
        """Write down all that the page shows or needs."""
        size = measure(sms.text)
        shown = ShownSms.of(sms).model_dump()
        return cls(**shown, id=sms.id, encoding=size.encoding, segments=size.segments, reports=reports)


def inbox_pages(inbox: Inbox, *, report_token: str, prefix: str = PREFIX) -> APIRouter:
    """Build the phone's routes; its buttons post reports to `/v1/reports/inbox/<report_token>`."""
    router = APIRouter(prefix=prefix, include_in_schema=False)
    reports = f"/v1/reports/inbox/{quote(report_token, safe='')}"

    @router.post("/messages", status_code=201)
    async def take(sms: PostedSms) -> AcceptedSms:
        """Take an SMS from the gateway, as a vendor would."""
        taken = inbox.receive(to=sms.to, text=sms.text, message_id=sms.message_id, id=secrets.token_hex(16))
        return AcceptedSms(id=taken.id, segments=measure(taken.text).segments)

    @router.get("/messages")
    async def read(to: Annotated[str | None, Query()] = None) -> list[ShownSms]:
        """List the SMS, newest first; a plus that was not escaped arrives as a space and is mended."""
        number = to and f"+{to.strip().removeprefix('+')}"
        return [ShownSms.of(sms) for sms in inbox.messages(number)]

    @router.get("/events", response_class=EventSourceResponse)
    async def watch(
        after: str | None = None, last_event_id: Annotated[str | None, Header()] = None
    ) -> AsyncIterator[ServerSentEvent]:
        """Tell each new SMS as it arrives; a browser that comes back gets what it missed.

        FastAPI adds a comment every 15 s, and ends the stream when the browser leaves.
        """
        async for sms in inbox.listen(after=last_event_id or after, until=_server_stops):
            yield ServerSentEvent(id=sms.id, data=EventSms.told(sms, reports=reports).model_dump())

    @router.get("")
    async def phone(request: Request) -> HTMLResponse:
        """Show the phone."""
        return render(request, "inbox.html")

    return router


def _server_stops() -> bool:
    """Tell whether uvicorn was asked to stop.

    It waits for open answers to end and tells no application that it waits, so an endless one must
    look for itself: the handler of SIGTERM is a method of the server, which knows.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
