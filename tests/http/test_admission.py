"""Request admission: address limits, their exemptions, host names, and authorization before the body is read."""

import asyncio

import orjson
import pytest
from fastapi.routing import iter_route_contexts

from app.gateways.registry import inbox_token
from app.settings.to_domain import keyring_of
from tests.support.admission import CLIENT_ADDRESS, LIMITED_PATH, AppClient
from tests.support.api_calls import assert_problem
from tests.support.builders import make_settings
from tests.support.service_fixture import PRODUCTION

BEARER = "Authorization"
PUBLIC_PATHS = {"/livez", "/readyz", "/.well-known/jwks.json", "/static/style.css", "/otp-form.file", "/otp-form/file"}
EVENT_STREAMS = {"/dev/inbox/events", "/dev/phone/events"}  # endless responses
DEVELOPMENT_PATHS = {"/", "/demo", "/docs", "/openapi.json"} | {
    f"/dev/{name}{path}" for name in ("inbox", "phone") for path in ("", "/messages", "/events")
}
ROUTES_WITH_KEY = [
    ("POST", "/v1/request-code"),
    ("POST", "/v1/verify-code"),
    ("POST", "/v1/proofs/redeem"),
    ("POST", "/v1/proofs/introspect"),
]
BACKEND_ROUTES = [
    ("POST", "/v1/proofs/redeem"),
    ("POST", "/v1/proofs/introspect"),
    ("GET", "/v1/verifications/vf_x"),
    ("DELETE", "/v1/verifications/vf_x"),
]


@pytest.fixture
def app_client():
    return AppClient(limit_calls_per_address="3/min", limit_bad_reports_per_address="2/min")


def routes_of(app):
    """List every method and path of the app; a mount is represented by an existing file."""
    for route in iter_route_contexts(app.routes):
        path = route.path.replace("{", "").replace("}", "")
        if route.methods is None:
            yield "GET", f"{path}/style.css"
        for method in route.methods or ():
            yield method, path


async def is_limited(app_client, method, path, address):
    """Return whether a route answers 429 within five calls."""
    for _ in range(5):
        async with app_client.client(address) as client, client.stream(method, path) as response:
            if response.status_code == 429:
                return True
    return False


async def test_default_limit_is_60_calls_per_minute():
    app_client = AppClient()

    assert await app_client.statuses(62) == [200] * 60 + [429, 429]


async def test_rate_limited_response_has_retry_after(app_client):
    await app_client.statuses(3)
    app_client.clock.now += 20.5

    body = assert_problem(await app_client.get(), 429, "rate_limited")

    assert body["retry_after"] == 40
    assert "limit" not in body
    app_client.clock.now += body["retry_after"]
    assert await app_client.statuses(1) == [200]


async def test_every_route_is_limited_or_listed_as_exempt(app_client):
    """A new route must be limited or listed here. Event streams never end, so they are listed without a call."""
    routes = {route for route in routes_of(app_client.app) if route[1] not in EVENT_STREAMS}
    async with app_client.open():
        unlimited = {
            path
            for number, (method, path) in enumerate(routes)
            if not await is_limited(app_client, method, path, f"198.51.100.{number}")
        }

    assert unlimited == (PUBLIC_PATHS | DEVELOPMENT_PATHS) - EVENT_STREAMS


async def test_unknown_paths_are_limited(app_client):
    assert await app_client.statuses(4, "/v1/nothing") == [404, 404, 404, 429]
    assert await app_client.statuses(1, "/metrics") == [429]


async def test_preflights_are_not_counted(app_client):
    headers = {"Origin": "http://localhost", "Access-Control-Request-Method": "POST"}
    for _ in range(5):
        assert (await app_client.options("/v1/request-code", headers=headers)).status_code == 204


@pytest.mark.parametrize("key", ["sk_dev", "sk_shop"])
async def test_calls_with_a_secret_key_are_not_counted(app_client, key):
    assert await app_client.statuses(5, headers={BEARER: f"bearer {key}"}) == [200] * 5


async def test_calls_without_a_valid_secret_key_are_counted(app_client, subtests):
    for caller, authorization in enumerate(
        ["Bearer pk_dev", "Bearer sk_nobody", "Basic sk_dev", "sk_dev", "Bearer", ""]
    ):
        with subtests.test(authorization):
            responses = await app_client.statuses(4, headers={BEARER: authorization}, address=f"203.0.113.{caller}")

            assert responses == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{LIMITED_PATH}?key=sk_dev&access_token=sk_dev&authorization=Bearer+sk_dev", {}),
        (LIMITED_PATH, {"Cookie": "authorization=Bearer sk_dev; key=sk_dev"}),
        (LIMITED_PATH, {"X-Api-Key": "sk_dev", "Proxy-Authorization": "Bearer sk_dev"}),
        (LIMITED_PATH, [(BEARER, "Bearer sk_dev"), (BEARER, "Bearer sk_dev")]),
    ],
)
async def test_key_is_accepted_only_in_one_authorization_header(app_client, path, headers):
    """URLs end up in logs, and browsers send cookies on their own."""
    assert await app_client.statuses(4, path, headers=headers) == [200, 200, 200, 429]
    for method, keyed in ROUTES_WITH_KEY:
        response = await app_client.call(method, keyed + "?key=sk_dev", address="192.0.2.1", headers=headers, json={})
        assert response.status_code in {401, 429}


async def test_bearer_scheme_is_case_insensitive(app_client, subtests):
    for scheme in ["Bearer", "bearer", "BEARER", "BeArEr", "Bearer  "]:
        with subtests.test(scheme):
            assert await app_client.statuses(5, headers={BEARER: f"{scheme} sk_dev"}) == [200] * 5


async def test_addresses_are_counted_separately(app_client):
    await app_client.statuses(4)

    assert await app_client.statuses(1, address="203.0.113.8") == [200]


@pytest.mark.parametrize("env", [{}, PRODUCTION | {"url": "redis://127.0.0.1:6379"}], ids=["development", "production"])
async def test_malformed_host_header_does_not_raise(env, subtests):
    """It is refused where the host is checked, and counted otherwise."""
    app_client = AppClient(**{"limit_calls_per_address": "2/min"} | env)
    for caller, name in enumerate(["[", "[::1", "]", "a:b:c", "@", "%", "\x7f"]):
        with subtests.test(name):
            responses = await app_client.statuses(3, headers={"Host": name}, address=f"203.0.113.{caller}")

            assert responses in ([403] * 3, [200, 200, 429])


async def test_localhost_subdomains_are_allowed_hosts(app_client):
    """RFC 6761 §6.3 reserves `.localhost` for loopback, so DNS rebinding cannot use it."""
    assert (await app_client.get(headers={"Host": "app.localhost:8000"})).status_code == 200
    assert (await app_client.get(headers={"Host": "app.localhost.evil.example"})).status_code == 403


async def test_limit_can_be_disabled():
    assert set(await AppClient(limit_calls_per_address="off").statuses(100)) == {200}


@pytest.mark.parametrize("path", ["/v1/request-code", "/v1/reports/inbox/x"])
async def test_refused_request_body_is_not_read(app_client, path):
    """Neither a rate-limited body nor one with an unknown key is read."""
    async with app_client.open():
        await app_client.statuses(2, "/v1/reports/inbox/x")
        await app_client.statuses(3)
        await _send_no_body(app_client, path)


def _post(path, *headers):
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", b"100"), *headers]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    return scope | {"headers": headers, "client": (CLIENT_ADDRESS, 1)}


async def _send_no_body(app_client, path):
    async def receive():
        raise AssertionError

    responses = []
    scope = _post(path)

    async def send(message):
        responses.append(message.get("status"))

    await app_client.app(scope, receive, send)
    await app_client.app({**scope, "client": ("192.0.2.1", 1)} | {"path": "/v1/request-code"}, receive, send)

    assert responses == [429, None, 401, None]


async def test_call_is_counted_before_its_body_is_read(app_client):
    """Bodies that never arrive must not avoid the limit."""
    is_reading = asyncio.Event()

    async def receive():
        is_reading.set()
        await asyncio.Event().wait()

    async with app_client.open():
        scope = _post("/v1/request-code", (b"authorization", b"Bearer pk_dev"))
        call = asyncio.create_task(app_client.app(scope, receive, None))
        await is_reading.wait()

        assert await app_client.statuses(3) == [200, 200, 429]
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)


async def test_unauthentic_reports_are_limited(app_client):
    """A vendor may send thousands of valid reports an hour; guesses at the token are limited."""
    async with app_client.open():
        assert await app_client.statuses(3, "/v1/reports/inbox/guess") == [401, 401, 429]
        assert await app_client.statuses(1) == [200]
        app_client.clock.now += 60
        assert await app_client.statuses(1, "/v1/reports/inbox/guess") == [401]


async def test_reports_for_unknown_gateways_are_limited(app_client):
    async with app_client.open():
        assert await app_client.statuses(3, "/v1/reports/nobody") == [404, 404, 429]
        assert await app_client.statuses(1, "/v1/reports/nobody", address="192.0.2.1") == [404]
        body = assert_problem(await app_client.get("/v1/reports/inbox/x"), 429, "rate_limited")

    assert body["retry_after"] == 60


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [("PUT", {}, 405), ("POST", {"Content-Length": "2000000"}, 413), ("DELETE", {}, 405)],
)
async def test_other_refused_requests_to_report_paths_are_limited(method, headers, status):
    """No other limit protects these paths."""
    app_client = AppClient(limit_bad_reports_per_address="3/min")
    responses = [
        (await app_client.call(method, "/v1/reports/inbox/x", headers=headers, content=b"{}")).status_code
        for _ in range(4)
    ]

    assert responses == [status] * 3 + [429]


async def test_valid_reports_are_not_counted(app_client):
    path = f"/v1/reports/inbox/{inbox_token(keyring_of(make_settings()))}"
    report = {"id": "v-1", "to": "+31612345678", "status": "delivered"}
    async with app_client.open():
        responses = [await app_client.call("POST", path, json=report) for _ in range(5)]

    assert {response.status_code for response in responses} == {200}


async def test_unauthorized_caller_gets_401_before_body_validation(subtests):
    app_client, headers = AppClient(), {"Content-Type": "application/json"}
    for method, path in ROUTES_WITH_KEY:
        for body in [b"", b"{", b"[]", b"\xff", b'{"more": 1}']:
            with subtests.test(f"{path} {body!r}"):
                response = await app_client.call(method, path, content=body, headers=headers)

                assert_problem(response, 401, "unauthorized")


async def test_publishable_key_gets_403_before_body_validation(subtests):
    app_client, headers = AppClient(), {"Content-Type": "application/json", BEARER: "Bearer pk_dev"}
    for method, path in BACKEND_ROUTES:
        with subtests.test(f"{method} {path}"):
            assert_problem(await app_client.call(method, path, content=b"{", headers=headers), 403, "forbidden")


async def test_unknown_path_and_method_answer_without_a_key():
    app_client = AppClient()

    assert_problem(await app_client.get("/v1/nothing"), 404, "not_found")
    assert_problem(await app_client.get("/v1/request-code"), 405, "method_not_allowed")


async def test_jwks_route_needs_no_key():
    """The other routes of its router need one."""
    assert (await AppClient().call("PUT", "/.well-known/jwks.json")).status_code == 405


async def test_access_log_contains_app_and_key_id(app_client, logged_lines):
    await app_client.get(headers={BEARER: "Bearer sk_shop"})
    await app_client.get(headers={BEARER: "Bearer sk_nobody"})

    known, unknown = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    assert (known["app"], len(known["key"])) == ("shop", 8)
    assert not {"app", "key"} & set(unknown)
    assert CLIENT_ADDRESS.encode() not in logged_lines.getvalue()
