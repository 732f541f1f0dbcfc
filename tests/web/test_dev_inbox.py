"""The developer's inbox over HTTP: what the gateway posts, what a developer reads."""

import asyncio
import json
import signal
import socket
import sys

import pytest
from httpx import AsyncClient, ConnectError

SMS = {"to": "+31612345678", "text": "042137 is your code.", "message_id": "m1"}

COST_AND_WAY = {"encoding": "GSM-7", "segments": 1, "reports": "/v1/reports/inbox/t%2Fk"}

SERVER = """
from datetime import UTC, datetime
import uvicorn
from fastapi import FastAPI
from app.web.dev_inbox_memory import Inbox
from app.web.dev_inbox import phone_pages

app = FastAPI()
app.include_router(phone_pages(Inbox(clock=lambda: datetime.now(UTC)), report_token="t/k"))
uvicorn.run(app, port={port}, log_level="error")
"""


async def test_the_gateway_is_given_an_id_of_the_vendors_own(pages):
    answers = [await pages.post("/dev/inbox/messages", json=SMS) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


@pytest.mark.parametrize(("text", "segments"), [("a" * 160, 1), ("a" * 161, 2), ("я" * 70, 1), ("я" * 71, 2)])
async def test_the_gateway_is_told_how_many_segments_a_vendor_would_charge(pages, text, segments):
    """So the record of a verification shows in development, too, what it would cost."""
    answer = await pages.post("/dev/inbox/messages", json={**SMS, "text": text})

    assert answer.json()["segments"] == segments


async def test_an_sms_can_be_read_with_its_time_in_whole_seconds(pages):
    await pages.post("/dev/inbox/messages", json=SMS)

    listed = (await pages.get("/dev/inbox/messages")).json()

    assert listed == [{**SMS, "at": "2026-11-22T12:00:00Z"}]


@pytest.mark.parametrize("query", ["%2B31612345678", "+31612345678", "31612345678"])
async def test_one_number_is_found_however_its_plus_is_written(pages, query):
    """A plus that was not escaped arrives as a space; nobody should lose an hour to that."""
    await pages.post("/dev/inbox/messages", json=SMS)
    await pages.post("/dev/inbox/messages", json={**SMS, "to": "+4915112345678"})

    listed = (await pages.get(f"/dev/inbox/messages?to={query}")).json()

    assert [sms["to"] for sms in listed] == ["+31612345678"]


@pytest.mark.parametrize(
    "wrong", [{"to": "0612345678"}, {"to": "+٣١٦١٢٣٤٥٦"}, {"text": ""}, {"message_id": ""}, {"more": 1}]
)
async def test_what_is_no_sms_is_refused(pages, wrong):
    assert (await pages.post("/dev/inbox/messages", json={**SMS, **wrong})).status_code == 422
    assert (await pages.get("/dev/inbox/messages")).json() == []


async def test_a_watching_page_is_told_and_does_not_keep_a_stopping_server_alive():
    """An endless answer would hold uvicorn back for ever, and Ctrl-C with it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER.format(port=port))
    try:
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            vendor_id = await first_post(client)
            async with client.stream("GET", "/dev/inbox/events?after=") as events:
                lines = events.aiter_lines()
                told = [await anext(lines), await anext(lines)]
                server.send_signal(signal.SIGTERM)
                assert [line async for line in lines] == [""]  # it ends by itself
        await asyncio.wait_for(server.wait(), 5)
    finally:
        if server.returncode is None:
            server.kill()

    assert events.headers["content-type"].startswith("text/event-stream")
    assert json.loads(told[0].removeprefix("data: ")).items() >= {"id": vendor_id, **SMS, **COST_AND_WAY}.items()
    assert told[1] == f"id: {vendor_id}"


async def first_post(client):
    """Post an SMS as soon as the server answers."""
    async with asyncio.timeout(10):
        while True:
            try:
                return (await client.post("/dev/inbox/messages", json=SMS)).json()["id"]
            except ConnectError:
                await asyncio.sleep(0.05)
