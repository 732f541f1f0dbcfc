"""Call the app through ASGI without a socket, so that only the service itself is measured."""

import asyncio
import json
import time


def request(path, body, *, key, address="127.0.0.1"):
    """Return a POST request as an ASGI scope and its body."""
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
    """Make one call and return its status."""
    status = 0

    async def receive():
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message):
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await app({**scope, "state": dict(scope["state"])}, receive, send)
    return status


async def run_calls(app, state, requests, *, at_once):
    """Make all calls, `at_once` concurrently; return the seconds taken, and fail if a call was refused."""
    waiting = iter(requests)
    statuses = []

    async def work():
        for scope, raw in waiting:
            statuses.append(await call(app, {**scope, "state": state}, raw))

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    elapsed = time.perf_counter() - started
    assert set(statuses) <= {200, 202}, f"some calls were refused: {sorted(set(statuses))}"
    return elapsed
