"""How long a body may take; how large it may be, test_guard.py shows."""

import asyncio
import json

import pytest
from fastapi import FastAPI, Request

from app.http.admission import RequestAdmission
from app.http.middleware import RequestMiddleware
from app.http.problems import install_exception_handlers
from tests.support.builders import make_settings

PATIENCE = 0  # seconds: what is there is taken, and nothing is waited for


def guarded():
    """An app with one route for JSON and one for whatever comes, behind a guard without patience."""
    app = FastAPI()
    install_exception_handlers(app)

    @app.post("/json")
    def take(body: dict[str, str]):
        return list(body)

    @app.post("/raw")
    async def measure(request: Request):
        return len(await request.body())

    app.add_middleware(RequestMiddleware, admission=RequestAdmission.of(make_settings()), body_seconds=PATIENCE)
    return app


def scope_of(method, path):
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    return {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers, "client": None}


async def post(path, *pieces, ends, headers=()):
    """Let these pieces of a body arrive, and then nothing; tells what was answered."""
    coming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if ends:
        coming[-1]["more_body"] = False
    answered = []

    async def receive():
        if not coming:
            await asyncio.Event().wait()
        return coming.pop(0)

    async def send(message):
        answered.append(message)

    await guarded()(
        {**scope_of("POST", path), "headers": [*scope_of("POST", path)["headers"], *headers]}, receive, send
    )
    if headers:
        return answered[0]["status"], dict(answered[0]["headers"]).get(b"connection")
    return answered[0]["status"], json.loads(answered[1]["body"])


@pytest.mark.parametrize("path", ["/json", "/raw"])
@pytest.mark.parametrize("pieces", [[], [b"{"], [b"", b""], [b'{"phone_number":', b' "+31612345678"', b"}"]])
async def test_a_body_that_does_not_arrive_whole_is_given_up(path, pieces):
    """Or a few thousand slow callers would hold all that there is to hold."""
    status, body = await post(path, *pieces, ends=False)

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
async def test_a_server_does_not_go_on_swallowing_a_body_that_was_refused(path, headers, closes):
    """It would, to the last gigabyte, to keep the connection; but a small one is not worth a connection.

    The fourth is small, and late: what is not there in time may never come.
    """
    status, connection = await post(path, ends=False, headers=headers)

    assert status in {404, 413, 422}
    assert connection == (b"close" if closes else None)


async def test_a_body_that_is_whole_waits_for_nobody():
    assert await post("/json", b'{"phone_number":', b' "+31612345678"', b"}", ends=True) == (200, ["phone_number"])
    assert await post("/raw", b"12", b"", b"34", ends=True) == (200, 4)


async def test_who_has_sent_a_body_may_listen_for_as_long_as_they_like():
    """The developer's inbox does, for hours; what it waits for is no body."""
    logged_lines = []

    async def listen(scope, receive, send):
        logged_lines.extend([await receive(), await receive()])

    coming = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]

    async def receive():
        for _ in range(10 * (len(coming) == 1)):
            await asyncio.sleep(0)
        return coming.pop(0)

    guard = RequestMiddleware(listen, admission=RequestAdmission.of(make_settings()), body_seconds=PATIENCE)
    await guard(scope_of("GET", "/livez"), receive, None)

    assert [message["type"] for message in logged_lines] == ["http.request", "http.disconnect"]
