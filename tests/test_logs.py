"""The log records each step of a verification, and nothing secret.

Verifications succeed and fail here in every way, at log level debug, and then every line is read.
"""

import asyncio
import json
import logging
import os
import re
import sys

import orjson

from app.gateways.registry import inbox_token
from app.logs import error_location, log, set_up_logs
from app.settings.to_domain import keyring_of
from tests.support.api_calls import APPS, post_request_code, post_verify_code
from tests.support.builders import make_settings
from tests.support.fake_vendor import Answer, Fault, Vendor
from tests.support.ports import free_port
from tests.support.processes import otp, running
from tests.support.secrecy import find_secrets, number_notations, text_around_code
from tests.support.service_fixture import open_service
from tests.support.waiting import until

NUMBERS = [f"+3161234567{n}" for n in range(8)]
SECRET = "s3cret-of-the-account"
TOKEN = "r3p0rt-t0ken-r3p0rt-t0ken"
SMSTOOLS = {
    "gateways__smstools__client_id": "account",
    "gateways__smstools__client_secret": SECRET,
    "gateways__smstools__sender": "Acme",
    "gateways__smstools__report_token": TOKEN,
}


def lines_of(logged_lines):
    lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    assert all(line["event"] and line["level"] and line["timestamp"] for line in lines)
    return lines


class Chance:
    """A random source that raises on demand, with secrets in its message."""

    def __init__(self):
        self.complaint = ""

    def __call__(self, size):
        if self.complaint:
            raise RuntimeError(self.complaint)
        return os.urandom(size)


def echo(status):
    """Echo the whole request, as several vendors do."""
    return lambda request: Answer(status, json={"error": request.body.decode(), "message": str(request.headers)})


async def test_no_log_line_holds_a_secret(logged_lines, store_url, tag, clock):
    random_bytes, steps = (
        Chance(),
        iter([echo(200), echo(400), echo(401), echo(500), echo(429), Fault.HANG, Fault.RESET]),
    )

    def vendor_says(request):
        step = next(steps, Answer(200, json={"messageid": f"v-{len(vendor.requests)}", "echo": request.body.decode()}))
        return step(request) if callable(step) and not isinstance(step, Answer) else step

    async with (
        Vendor(vendor_says) as vendor,
        open_service(
            url=store_url,
            tag=tag,
            clock=clock,
            workers=True,
            random_bytes=random_bytes,
            gateways__smstools__url=vendor.url,
            gateway_timeout="0.4",
            gateway_connect_timeout="0.3",
            **SMSTOOLS,
        ) as service,
    ):
        client = service.client
        ids = [
            (await post_request_code(client, number, reference="my-reference")).json()["verification_id"]
            for number in NUMBERS
        ]
        await until(
            lambda: clock.tick(ms=200) or len({request.json()["to"] for request in vendor.requests}) == len(ids)
        )
        codes = [re.match(r"\d{6}", request.json()["message"])[0] for request in vendor.requests]
        texts = {words for request in vendor.requests for words in text_around_code(request.json()["message"])}
        for id in ids:
            for code in codes[:3]:
                await post_verify_code(client, id, code)
        for number in ("+31201234567", "0612345678", "hello +31612345678"):
            await post_request_code(client, number)
        await _knock(client, ids[0], inbox_token(service.container.keyring))
        pending = (await post_request_code(client, "+31612345690")).json()["verification_id"]
        random_bytes.complaint = f"the code {codes[0]} of {NUMBERS[0]} by sk_dev: {vendor.requests[0].body}"
        assert (await post_request_code(client, NUMBERS[0], purpose="other")).json()["code"] == "internal_error"
        await service.container.queue.add("sends", [{"verification": pending, "send": "2"}])
        # The clock moves on, for the gateway may rest after all that its vendor did.
        await until(
            lambda: (
                clock.tick(ms=100)
                or [line for line in lines_of(logged_lines) if line["event"] == "bug" and "queue" in line]
            )
        )
        _log_by_libraries(random_bytes.complaint)

    lines, text = lines_of(logged_lines), logged_lines.getvalue().decode()
    events = {line["event"] for line in lines}
    assert events >= {"request", "job", "bug", "library", "worker_started", "worker_stopped"}
    numbers = [spelling for number in NUMBERS for spelling in number_notations(number)]
    keys = ["sk_dev", "sk_nobody", SECRET, TOKEN, inbox_token(service.container.keyring), *texts, "my-reference"]
    paths = ["/wp-admin", "?", "hunter2", "wrong-token", ids[0] + "/", "S3CR3T"]
    assert not find_secrets(text, [*numbers, *keys, *paths], codes=codes)
    routes = {line["route"] for line in lines if line["event"] == "request"}
    assert routes <= {"-", "/v1/request-code", "/v1/verify-code", "/v1/reports/{gateway}/{token}"} | {
        "/v1/verifications/{id}",
        "/problems/{code}",
        "/livez",
    }


async def _knock(client, id, token):
    """Send malformed, forged and misdirected requests."""
    report = {"messageid": "v-8", "delivery_status": "delivered", "receiver": NUMBERS[0], "text": "is your code"}
    await client.post(f"/v1/reports/smstools/{TOKEN}", json=report)
    await client.post("/v1/reports/smstools/wrong-token", json=report)
    await client.post(f"/v1/reports/inbox/{token}", content=b"hunter2 " + NUMBERS[1].encode())
    await client.get("/v1/verifications/" + NUMBERS[2], headers={"Authorization": "Bearer sk_nobody"})
    await client.get(f"/wp-admin/{NUMBERS[3]}?code=hunter2")
    await client.get("/livez?phone=" + NUMBERS[4])
    await client.get("/problems/hunter2")
    await client.request("S3CR3T-METHOD", f"/v1/verifications/{id}")
    await client.post("/v1/request-code", content=b"{hunter2", headers={"Content-Type": "application/json"})
    await client.post("/v1/request-code", content=b"hunter2", headers={"Content-Type": "hunter2"})


def _log_by_libraries(secret):
    """Log secrets through library loggers at all levels."""
    for name in (
        "uvicorn",
        "uvicorn.error",
        "uvicorn.access",
        "httpx",
        "httpcore.http11",
        "asyncio",
        "redis",
        "py.warnings",
    ):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, 35, logging.ERROR, logging.CRITICAL, 60):
            logging.getLogger(name).log(level, "%s", secret)
    try:
        int(secret)
    except ValueError as error:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application: %s", secret)
        sys.excepthook(ValueError, error, error.__traceback__)


def test_library_lines_below_warning_are_dropped(logged_lines):
    """Httpx logs every URL at INFO, and the URL of a gateway may hold its key."""
    for name in ("httpx", "httpcore", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).info("GET https://vendor.example/?key=%s", SECRET)

    assert lines_of(logged_lines) == []


def test_a_crash_is_one_line_with_its_location(logged_lines):
    try:
        int(SECRET)
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)

    (line,) = lines_of(logged_lines)
    assert (line["event"], line["level"], line["error"]) == ("crash", "critical", "ValueError")
    assert SECRET not in str(line)


def test_an_error_that_was_never_raised_has_no_location():
    assert error_location(ValueError(SECRET)) == {"error": "ValueError", "where": "?"}


def test_levels_below_the_setting_are_dropped(logged_lines):
    set_up_logs("warning", stream=logged_lines)
    log.info("quiet")
    log.warning("loud")

    assert [line["event"] for line in lines_of(logged_lines)] == ["loud"]


async def test_a_process_logs_no_secret_of_its_input(tmp_path, engine_url, tag):
    """Raw bytes to the real server, whose own messages go through the same log."""
    port = free_port()
    settings = {"OTP_ENV": "development", "OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag, "OTP_LOG_LEVEL": "debug"}
    settings |= {"OTP_APPS": APPS, "OTP_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    async with running("serve", "--port", str(port), folder=tmp_path, name="api", **settings) as api:
        await until(lambda: _answers(port, b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), within=30)
        body = json.dumps({"phone_number": NUMBERS[0], "reference": "hunter2"}).encode()
        token = inbox_token(keyring_of(make_settings())).encode()
        head = b"POST /v1/request-code?hunter2 HTTP/1.1\r\nHost: hunter2\r\nAuthorization: Bearer sk_dev\r\n"
        head += b"Content-Type: application/json\r\nConnection: close\r\n"
        for raw in (
            head + b"Content-Length: %d\r\n\r\n" % len(body) + body,
            head + b"Content-Length: 9999\r\n\r\n" + body,
            head + b"Content-Length: 99999\r\n\r\n" + body,
            b"POST /v1/reports/inbox/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nhunter2" % token,
            head + b"Transfer-Encoding: chunked\r\n\r\nhunter2\r\n",
            b"hunter2 " + NUMBERS[1].encode() + b"\r\n\r\n",
            b"GET /" + NUMBERS[2].encode() + b" HTTP/9.9\r\n\r\n",
            b"GET /\xff\xfe%ff%00hunter2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01hunter2",
            b"GET / HTTP/1.1\r\n" + b"X-Junk: hunter2\r\n" * 10_000 + b"\r\n",
        ):
            await _answers(port, raw)
        assert await api.stop() == 0
    events = {line["event"] for line in api.lines()}
    assert "request" in events
    assert "bug" not in events  # a caller that hangs up in the middle is none
    assert 499 in {line.get("status") for line in api.lines()}
    assert "Invalid HTTP request received." in {line.get("sentence") for line in api.lines()}
    numbers = [spelling for number in NUMBERS for spelling in number_notations(number)]
    assert not find_secrets(api.log_text(), [*numbers, "hunter2", "sk_dev", "?", "Traceback"])


async def test_a_command_that_breaks_prints_no_secret(tmp_path):
    code, output, complained = await otp(
        "worker", folder=tmp_path, OTP_ENV="development", OTP_REDIS_URL=f"redis://:{SECRET}@127.0.0.1:notaport/0"
    )

    assert code == 2
    assert "OTP_REDIS_URL" in complained
    assert "Traceback" not in complained
    assert SECRET not in output + complained


async def _answers(port, raw):
    """Send raw bytes and read the response; a closed connection counts as one."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return None
    try:
        writer.write(raw)
        writer.write_eof()
        return await asyncio.wait_for(reader.read(), 5) or b"hung up"
    except OSError:  # it may be gone before we have said all
        return b"hung up"
    finally:
        writer.close()
