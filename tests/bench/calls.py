"""Calls the app as a server would, without a socket between them: what is measured is the service itself."""

import asyncio
import json
import time


def request(path, body, *, key, address="127.0.0.1"):
    """Write one POST as an ASGI scope and its body."""
    raw = json.dumps(body).encode()
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"authorization", f"Bearer {key}".encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(raw)).encode()),
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": (address, 50_000),
        "server": ("127.0.0.1", 8000),
    }
    return scope, raw


async def call(app, scope, raw):
    """Make one call; gives its status."""
    status = 0

    async def receive():
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message):
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await app({**scope, "state": dict(scope["state"])}, receive, send)
    return status


async def spend(app, state, requests, *, at_once):
    """Make all calls, so many at once; gives the seconds that it took, and refuses to count a call that failed."""
    waiting = iter(requests)
    statuses = []

    async def work():
        for scope, raw in waiting:
            statuses.append(await call(app, {**scope, "state": state}, raw))

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    spent = time.perf_counter() - started
    assert set(statuses) <= {200, 202}, f"some calls were refused: {sorted(set(statuses))}"
    return spent
