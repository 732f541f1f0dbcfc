"""The edge: what is counted before a body is read, what is not, and that a key is looked at first."""

import orjson
import pytest
from fastapi.routing import iter_route_contexts

from app.gateways.registry import inbox_token
from app.settings.to_domain import keyring_of
from tests.support.admission import COUNTED, PERSON, AppClient
from tests.support.api_calls import problem_of
from tests.support.builders import make_settings
from tests.support.service_fixture import PRODUCTION

BEARER = "Authorization"
PUBLIC = {"/livez", "/readyz", "/.well-known/jwks.json", "/static/style.css", "/otp-form.js", "/otp-form/file"}
STREAMS = {"/dev/inbox/events", "/dev/phone/events"}  # they do not end
DEVELOPERS = {"/", "/demo", "/docs", "/openapi.json"} | {
    f"/dev/{name}{path}" for name in ("inbox", "phone") for path in ("", "/messages", "/events")
}
KEYED = [
    ("POST", "/v1/request-code"),
    ("POST", "/v1/verify-code"),
    ("POST", "/v1/proofs/redeem"),
    ("POST", "/v1/proofs/introspect"),
]
BACKENDS = [
    ("POST", "/v1/proofs/redeem"),
    ("POST", "/v1/proofs/introspect"),
    ("GET", "/v1/verifications/vf_x"),
    ("DELETE", "/v1/verifications/vf_x"),
]


@pytest.fixture
def app_client():
    return AppClient(limit_calls_per_address="3/min", limit_bad_reports_per_address="2/min")


def routes_of(app):
    """List every method and path that the app answers at, the mounted ones by a file that is there."""
    for route in iter_route_contexts(app.routes):
        path = route.path.replace("{", "").replace("}", "")
        if route.methods is None:
            yield "GET", f"{path}/style.css"
        for method in route.methods or ():
            yield method, path


async def ends(app_client, method, path, address):
    """Call a route as often as it takes until it is refused, at most five times."""
    for _ in range(5):
        async with app_client.client(address) as client, client.stream(method, path) as answer:
            if answer.status_code == 429:
                return True
    return False


async def test_sixty_calls_a_minute_pass_by_default():
    app_client = AppClient()

    assert await app_client.statuses(62) == [200] * 60 + [429, 429]


async def test_a_refusal_is_a_problem_that_says_when_to_come_back(app_client):
    await app_client.statuses(3)
    app_client.clock.now += 20.5

    body = problem_of(await app_client.get(), 429, "rate_limited")

    assert body["retry_after"] == 40
    assert "limit" not in body
    app_client.clock.now += body["retry_after"]
    assert await app_client.statuses(1) == [200]


async def test_every_route_is_limited_or_exempt_on_purpose(app_client):
    """Whoever adds a route decides which. A stream of events never ends, so its name must do."""
    routes = {route for route in routes_of(app_client.app) if route[1] not in STREAMS}
    async with app_client.open():
        free = {
            path
            for number, (method, path) in enumerate(routes)
            if not await ends(app_client, method, path, f"198.51.100.{number}")
        }

    assert free == (PUBLIC | DEVELOPERS) - STREAMS


async def test_what_is_not_there_is_limited_too(app_client):
    assert await app_client.statuses(4, "/v1/nothing") == [404, 404, 404, 429]
    assert await app_client.statuses(1, "/metrics") == [429]


async def test_preflights_are_not_counted(app_client):
    headers = {"Origin": "http://localhost", "Access-Control-Request-Method": "POST"}
    for _ in range(5):
        assert (await app_client.options("/v1/request-code", headers=headers)).status_code == 204


@pytest.mark.parametrize("key", ["sk_dev", "sk_shop"])
async def test_a_secret_key_is_not_counted(app_client, key):
    assert await app_client.statuses(5, headers={BEARER: f"bearer {key}"}) == [200] * 5


async def test_any_other_call_is(app_client, subtests):
    for caller, given in enumerate(["Bearer pk_dev", "Bearer sk_nobody", "Basic sk_dev", "sk_dev", "Bearer", ""]):
        with subtests.test(given):
            answers = await app_client.statuses(4, headers={BEARER: given}, address=f"203.0.113.{caller}")

            assert answers == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{COUNTED}?key=sk_dev&access_token=sk_dev&authorization=Bearer+sk_dev", {}),
        (COUNTED, {"Cookie": "authorization=Bearer sk_dev; key=sk_dev"}),
        (COUNTED, {"X-Api-Key": "sk_dev", "Proxy-Authorization": "Bearer sk_dev"}),
        (COUNTED, [(BEARER, "Bearer sk_dev"), (BEARER, "Bearer sk_dev")]),
    ],
)
async def test_a_key_counts_nowhere_but_in_its_one_header(app_client, path, headers):
    """Addresses and cookies end in logs, and are sent by browsers that nobody asked."""
    assert await app_client.statuses(4, path, headers=headers) == [200, 200, 200, 429]
    for method, keyed in KEYED:
        answer = await app_client.call(method, keyed + "?key=sk_dev", address="192.0.2.1", headers=headers, json={})
        assert answer.status_code in {401, 429}


async def test_the_scheme_may_be_written_in_all_ways(app_client, subtests):
    for scheme in ["Bearer", "bearer", "BEARER", "BeArEr", "Bearer  "]:
        with subtests.test(scheme):
            assert await app_client.statuses(5, headers={BEARER: f"{scheme} sk_dev"}) == [200] * 5


async def test_one_address_does_not_use_up_anothers(app_client):
    await app_client.statuses(4)

    assert await app_client.statuses(1, address="203.0.113.8") == [200]


@pytest.mark.parametrize("env", [{}, PRODUCTION | {"url": "redis://127.0.0.1:6379"}], ids=["development", "production"])
async def test_a_name_that_cannot_be_read_is_no_bug(env, subtests):
    """It is refused where the name counts, and counted as any other call."""
    app_client = AppClient(**{"limit_calls_per_address": "2/min"} | env)
    for caller, name in enumerate(["[", "[::1", "]", "a:b:c", "@", "%", "\x7f"]):
        with subtests.test(name):
            answers = await app_client.statuses(3, headers={"Host": name}, address=f"203.0.113.{caller}")

            assert answers in ([403] * 3, [200, 200, 429])


async def test_a_name_of_this_machine_alone_is_its_own(app_client):
    """RFC 6761 §6.3 keeps `.localhost` for it, so no foreign page can point such a name here."""
    assert (await app_client.get(headers={"Host": "app.localhost:8000"})).status_code == 200
    assert (await app_client.get(headers={"Host": "app.localhost.evil.example"})).status_code == 403


async def test_a_limit_may_be_off():
    assert set(await AppClient(limit_calls_per_address="off").statuses(100)) == {200}


@pytest.mark.parametrize("path", ["/v1/request-code", "/v1/reports/inbox/x"])
async def test_a_refused_body_is_not_read(app_client, path):
    """Nor is one whose key is unknown."""
    async with app_client.open():
        await app_client.statuses(2, "/v1/reports/inbox/x")
        await app_client.statuses(3)
        await _send_no_body(app_client, path)


async def _send_no_body(app_client, path):

    async def receive():
        raise AssertionError

    answers = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", b"100")],
        "client": (PERSON, 1),
    }

    async def send(message):
        answers.append(message.get("status"))

    await app_client.app(scope, receive, send)
    await app_client.app({**scope, "client": ("192.0.2.1", 1)} | {"path": "/v1/request-code"}, receive, send)

    assert answers == [429, None, 401, None]


async def test_reports_are_counted_when_they_are_not_authentic(app_client):
    """A vendor's thousand good ones an hour are nobody's flood; a guess at the token is."""
    async with app_client.open():
        assert await app_client.statuses(3, "/v1/reports/inbox/guess") == [401, 401, 429]
        assert await app_client.statuses(1) == [200]
        app_client.clock.now += 60
        assert await app_client.statuses(1, "/v1/reports/inbox/guess") == [401]


async def test_so_are_those_for_a_gateway_that_is_not_there(app_client):
    async with app_client.open():
        assert await app_client.statuses(3, "/v1/reports/nobody") == [404, 404, 429]
        assert await app_client.statuses(1, "/v1/reports/nobody", address="192.0.2.1") == [404]
        body = problem_of(await app_client.get("/v1/reports/inbox/x"), 429, "rate_limited")

    assert body["retry_after"] == 60


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [("PUT", {}, 405), ("POST", {"Content-Length": "2000000"}, 413), ("DELETE", {}, 405)],
)
async def test_so_is_whatever_else_is_no_report(method, headers, status):
    """Or an address that is limited by nothing else could be hammered for nothing."""
    app_client = AppClient(limit_bad_reports_per_address="3/min")
    answers = [
        (await app_client.call(method, "/v1/reports/inbox/x", headers=headers, content=b"{}")).status_code
        for _ in range(4)
    ]

    assert answers == [status] * 3 + [429]


async def test_good_reports_are_not_counted(app_client):
    path = f"/v1/reports/inbox/{inbox_token(keyring_of(make_settings()))}"
    report = {"id": "v-1", "to": "+31612345678", "status": "delivered"}
    async with app_client.open():
        answers = [await app_client.call("POST", path, json=report) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}


async def test_a_stranger_is_not_told_what_is_wrong_with_a_body(subtests):
    app_client, headers = AppClient(), {"Content-Type": "application/json"}
    for method, path in KEYED:
        for body in [b"", b"{", b"[]", b"\xff", b'{"more": 1}']:
            with subtests.test(f"{path} {body!r}"):
                answer = await app_client.call(method, path, content=body, headers=headers)

                problem_of(answer, 401, "unauthorized")


async def test_nor_is_a_browser_where_only_backends_may_call(subtests):
    app_client, headers = AppClient(), {"Content-Type": "application/json", BEARER: "Bearer pk_dev"}
    for method, path in BACKENDS:
        with subtests.test(f"{method} {path}"):
            problem_of(await app_client.call(method, path, content=b"{", headers=headers), 403, "forbidden")


async def test_what_is_not_there_is_not_there_for_strangers_too():
    app_client = AppClient()

    problem_of(await app_client.get("/v1/nothing"), 404, "not_found")
    problem_of(await app_client.get("/v1/request-code"), 405, "method_not_allowed")


async def test_the_public_keys_need_no_key():
    """Though they stand on a router whose other routes do."""
    assert (await AppClient().call("PUT", "/.well-known/jwks.json")).status_code == 405


async def test_the_log_names_the_app_and_the_keys_id(app_client, logged_lines):
    await app_client.get(headers={BEARER: "Bearer sk_shop"})
    await app_client.get(headers={BEARER: "Bearer sk_nobody"})

    known, unknown = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    assert (known["app"], len(known["key"])) == ("shop", 8)
    assert not {"app", "key"} & set(unknown)
    assert PERSON.encode() not in logged_lines.getvalue()
