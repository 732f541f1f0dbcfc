"""The time limit of request bodies; test_middleware.py covers their size."""

import asyncio
import json

import pytest
from fastapi import FastAPI, Request

from app.http.admission import RequestAdmission
from app.http.middleware import RequestMiddleware
from app.http.problems import install_exception_handlers
from tests.support.builders import make_settings

BODY_SECONDS = 0  # no waiting: only what has already arrived is read


def app_with_middleware():
    """An app with a JSON route and a raw route, behind a middleware with no time to wait."""
    app = FastAPI()
    install_exception_handlers(app)

    @app.post("/json")
    def take(body: dict[str, str]):
        return list(body)

    @app.post("/raw")
    async def measure(request: Request):
        return len(await request.body())

    app.add_middleware(RequestMiddleware, admission=RequestAdmission.of(make_settings()), body_seconds=BODY_SECONDS)
    return app


def scope_of(method, path):
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    return {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers, "client": None}


async def post(path, *chunks, is_complete, headers=()):
    """Send these chunks of a body, then nothing; return the status and the body, or the `Connection` header."""
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if is_complete:
        messages[-1]["more_body"] = False
    sent = []

    async def receive():
        if not messages:
            await asyncio.Event().wait()
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    await app_with_middleware()(
        {**scope_of("POST", path), "headers": [*scope_of("POST", path)["headers"], *headers]}, receive, send
    )
    if headers:
        return sent[0]["status"], dict(sent[0]["headers"]).get(b"connection")
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize("path", ["/json", "/raw"])
@pytest.mark.parametrize("chunks", [[], [b"{"], [b"", b""], [b'{"phone_number":', b' "+31612345678"', b"}"]])
async def test_incomplete_body_times_out(path, chunks):
    """Otherwise a few thousand slow clients would hold every connection."""
    status, body = await post(path, *chunks, is_complete=False)

    assert (status, body["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("path", "headers", "closes"),
    [
        ("/json", [(b"content-length", b"900000000")], True),
        ("/json", [(b"transfer-encoding", b"chunked")], True),
        ("/nowhere", [(b"transfer-encoding", b"chunked")], True),
        ("/raw", [(b"content-length", b"100")], True),
        ("/nowhere", [(b"content-length", b"100")], False),
    ],
)
async def test_connection_closes_when_a_refused_body_may_be_large(path, headers, closes):
    """The server would drain gigabytes to keep the connection alive; a small body does not close it.

    The fourth body is small but late: the rest may never arrive.
    """
    status, connection = await post(path, is_complete=False, headers=headers)

    assert status in {404, 413, 422}
    assert connection == (b"close" if closes else None)


async def test_complete_body_is_read_without_waiting():
    assert await post("/json", b'{"phone_number":', b' "+31612345678"', b"}", is_complete=True) == (
        200,
        ["phone_number"],
    )
    assert await post("/raw", b"12", b"", b"34", is_complete=True) == (200, 4)


async def test_deadline_ends_with_the_body():
    """The developer's inbox waits for hours for a disconnect, which is not part of a body."""
    received = []

    async def read_twice(scope, receive, send):
        received.extend([await receive(), await receive()])

    messages = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]

    async def receive():
        for _ in range(10 * (len(messages) == 1)):
            await asyncio.sleep(0)
        return messages.pop(0)

    middleware = RequestMiddleware(
        read_twice, admission=RequestAdmission.of(make_settings()), body_seconds=BODY_SECONDS
    )
    await middleware(scope_of("GET", "/livez"), receive, None)

    assert [message["type"] for message in received] == ["http.request", "http.disconnect"]
