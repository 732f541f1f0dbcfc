"""The developer's inbox: conversations that show each SMS, with buttons that send the vendor's reports."""

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
FORMER_PREFIX = "/dev/phone"  # the same routes, for scripts that use the old path


class PostedSms(BaseModel):
    """The SMS that the inbox gateway posts."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    to: Annotated[str, Field(pattern=r"^\+[0-9]{4,15}$")]
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    message_id: Annotated[str, Field(min_length=1, max_length=128)]


class AcceptedSms(BaseModel):
    """The vendor's response: the id that it assigned to the SMS, and the number of segments that it would charge."""

    id: str
    segments: int


class ShownSms(BaseModel):
    """One SMS in a list."""

    to: str
    text: str
    at: str
    message_id: str

    @classmethod
    def of(cls, sms: Sms) -> "ShownSms":
        """Build the public view of an SMS; its time is in whole seconds."""
        return cls(to=sms.to, text=sms.text, at=f"{sms.at:%Y-%m-%dT%H:%M:%SZ}", message_id=sms.message_id)


class EventSms(ShownSms):
    """One SMS as an event of the stream, with its size and the path for its reports."""

    id: str
    encoding: str
    segments: int
    reports: str

    @classmethod
    def from_sms(cls, sms: Sms, *, reports: str) -> "EventSms":
        """Build the event with everything that the page needs."""
        size = measure(sms.text)
        shown = ShownSms.of(sms).model_dump()
        return cls(**shown, id=sms.id, encoding=size.encoding, segments=size.segments, reports=reports)


def inbox_pages(inbox: Inbox, *, report_token: str, prefix: str = PREFIX) -> APIRouter:
    """Build the inbox routes; the page's buttons post reports to `/v1/reports/inbox/<report_token>`."""
    router = APIRouter(prefix=prefix, include_in_schema=False)
    reports = f"/v1/reports/inbox/{quote(report_token, safe='')}"

    @router.post("/messages", status_code=201)
    async def receive(sms: PostedSms) -> AcceptedSms:
        """Accept an SMS from the gateway, as a vendor would."""
        received = inbox.receive(to=sms.to, text=sms.text, message_id=sms.message_id, id=secrets.token_hex(16))
        return AcceptedSms(id=received.id, segments=measure(received.text).segments)

    @router.get("/messages")
    async def read(to: Annotated[str | None, Query()] = None) -> list[ShownSms]:
        """Return the SMS, newest first; an unescaped plus arrives as a space and is restored."""
        number = to and f"+{to.strip().removeprefix('+')}"
        return [ShownSms.of(sms) for sms in inbox.messages(number)]

    @router.get("/events", response_class=EventSourceResponse)
    async def watch(
        after: str | None = None, last_event_id: Annotated[str | None, Header()] = None
    ) -> AsyncIterator[ServerSentEvent]:
        """Stream each new SMS as it arrives; a browser that reconnects gets what it missed.

        FastAPI adds a comment every 15 s, and ends the stream when the browser disconnects.
        """
        async for sms in inbox.listen(after=last_event_id or after, until=_server_stops):
            yield ServerSentEvent(id=sms.id, data=EventSms.from_sms(sms, reports=reports).model_dump())

    @router.get("")
    async def show_inbox(request: Request) -> HTMLResponse:
        """Show the inbox page."""
        return render(request, "inbox.html")

    return router


def _server_stops() -> bool:
    """Return whether uvicorn is shutting down.

    It waits for open responses to end and does not notify the application, so an endless stream must
    check: the SIGTERM handler is a method of the server, which has `should_exit`.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
