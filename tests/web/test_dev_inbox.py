"""The developer's inbox over HTTP: posting, listing and streaming SMS."""

import asyncio
import json
import signal
import socket
import sys

import pytest
from httpx import AsyncClient, ConnectError

SMS = {"to": "+31612345678", "text": "042137 is your code.", "message_id": "m1"}

SIZE = {"encoding": "GSM-7", "segments": 1, "reports": "/v1/reports/inbox/t%2Fk"}

SERVER = """
from datetime import UTC, datetime
import uvicorn
from fastapi import FastAPI
from app.web.dev_inbox_memory import Inbox
from app.web.dev_inbox import inbox_pages

app = FastAPI()
app.include_router(inbox_pages(Inbox(clock=lambda: datetime.now(UTC)), report_token="t/k"))
uvicorn.run(app, port={port}, log_level="error")
"""


async def test_each_posted_sms_gets_a_new_vendor_id(pages):
    answers = [await pages.post("/dev/inbox/messages", json=SMS) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


@pytest.mark.parametrize(("text", "segments"), [("a" * 160, 1), ("a" * 161, 2), ("я" * 70, 1), ("я" * 71, 2)])
async def test_posted_sms_returns_its_segments(pages, text, segments):
    """So a verification shows its cost in development too."""
    answer = await pages.post("/dev/inbox/messages", json={**SMS, "text": text})

    assert answer.json()["segments"] == segments


async def test_listed_sms_has_its_time_in_whole_seconds(pages):
    await pages.post("/dev/inbox/messages", json=SMS)

    listed = (await pages.get("/dev/inbox/messages")).json()

    assert listed == [{**SMS, "at": "2026-11-22T12:00:00Z"}]


@pytest.mark.parametrize("query", ["%2B31612345678", "+31612345678", "31612345678"])
async def test_number_filter_accepts_every_spelling_of_the_plus(pages, query):
    """An unescaped plus arrives as a space, a common mistake."""
    await pages.post("/dev/inbox/messages", json=SMS)
    await pages.post("/dev/inbox/messages", json={**SMS, "to": "+4915112345678"})

    listed = (await pages.get(f"/dev/inbox/messages?to={query}")).json()

    assert [sms["to"] for sms in listed] == ["+31612345678"]


@pytest.mark.parametrize(
    "wrong", [{"to": "0612345678"}, {"to": "+٣١٦١٢٣٤٥٦"}, {"text": ""}, {"message_id": ""}, {"more": 1}]
)
async def test_invalid_sms_is_refused(pages, wrong):
    assert (await pages.post("/dev/inbox/messages", json={**SMS, **wrong})).status_code == 422
    assert (await pages.get("/dev/inbox/messages")).json() == []


async def test_stream_sends_events_and_ends_when_the_server_stops():
    """An endless response would block the shutdown of uvicorn, and Ctrl-C."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER.format(port=port))
    try:
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            vendor_id = await first_post(client)
            async with client.stream("GET", "/dev/inbox/events?after=") as events:
                lines = events.aiter_lines()
                event_lines = [await anext(lines), await anext(lines)]
                server.send_signal(signal.SIGTERM)
                assert [line async for line in lines] == [""]  # the server ends the stream
        await asyncio.wait_for(server.wait(), 5)
    finally:
        if server.returncode is None:
            server.kill()

    assert events.headers["content-type"].startswith("text/event-stream")
    assert json.loads(event_lines[0].removeprefix("data: ")).items() >= {"id": vendor_id, **SMS, **SIZE}.items()
    assert event_lines[1] == f"id: {vendor_id}"


async def first_post(client):
    """Post an SMS as soon as the server answers."""
    async with asyncio.timeout(10):
        while True:
            try:
                return (await client.post("/dev/inbox/messages", json=SMS)).json()["id"]
            except ConnectError:
                await asyncio.sleep(0.05)
