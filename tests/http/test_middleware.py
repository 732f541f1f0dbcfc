"""What holds for every call, whatever its route: sizes, types, keys, methods, names, caches, headers."""

import asyncio
import json

from app.domain.api_key import digest_key
from app.gateways.registry import inbox_token
from app.http.admission import RequestAdmission
from app.http.middleware import RequestMiddleware
from tests.support.api_calls import PROBLEM, ask, pointers, problem_of
from tests.support.builders import PHONE, make_settings
from tests.support.callers import kept

JSON = {"Content-Type": "application/json"}
KEYED = [
    ("POST", "/v1/request-code"),
    ("POST", "/v1/verify-code"),
    ("GET", "/v1/verifications/vf_x"),
    ("DELETE", "/v1/verifications/vf_x"),
    ("POST", "/v1/proofs/redeem"),
    ("POST", "/v1/proofs/introspect"),
]
PRODUCTION = {
    "env": "production",
    "public_url": "https://otp.example.com",
    "secrets": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
    "name_secret": "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA",
    "countries": "NL",
    "apps": json.dumps({"shop": {"secret_keys": [digest_key("sk_shop")]}}),
    "limit_sends_per_app": "1000/d",
    "test_numbers": "",
    "gateways__smstools__client_id": "account",
    "gateways__smstools__client_secret": "secret",
    "gateways__smstools__sender": "Acme",
    "gateways__smstools__report_token": "r3p0rt-t0ken-r3p0rt-t0ken",
}


async def pieces(*parts):
    """Send a body piece by piece: nothing then tells its length beforehand."""
    for part in parts:
        yield part


UNKNOWN_KEYS = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": "Bearer sk_nobody"},
    {"Authorization": "Basic c2tfZGV2Og=="},
    {"Authorization": "sk_dev"},
    {"Authorization": "Bearer " + "x" * 4000},
    {"Authorization": "Bearer " + " " * 500 + "x"},
    {"Authorization": "Bearer ключ".encode()},
    {"Authorization": b"Bearer \xff\xfe"},
    {"Authorization": "Bearer sk_dev, Bearer sk_dev"},
]


async def test_without_a_known_key_nothing_is_answered(run_service, subtests):
    async with run_service(limit_calls_per_address="off") as service:
        del service.client.headers["Authorization"]
        before = await kept(service)
        for given in UNKNOWN_KEYS:
            with subtests.test(repr(given)):
                for method, path in KEYED:
                    body = {"json": {"phone_number": PHONE}} if method == "POST" else {}
                    problem_of(await service.client.request(method, path, headers=given, **body), 401, "unauthorized")

                assert await kept(service) == before


async def test_every_key_of_an_app_works_and_its_digest_does_not(client):
    assert (await ask(client, key="sk_shop")).status_code == 202
    assert (await ask(client, key="pk_shop")).status_code == 202
    problem_of(await ask(client, key=digest_key("sk_shop")), 401, "unauthorized")


async def test_a_body_over_16_kib_is_refused_by_its_length(client, subtests):
    for size in [16 * 1024 + 1, 10**6]:
        with subtests.test(repr(size)):
            answer = await client.post("/v1/request-code", content=b" " * size, headers=JSON)

            problem_of(answer, 413, "body_too_large")


async def test_a_length_that_lies_or_cannot_be_read_is_refused(client, subtests):
    for length in ["99999999999999999999", "00000000000000099999", "-1", "1.0", "x", "²"]:
        with subtests.test(repr(length)):
            headers = JSON | {"Content-Length": length.encode("latin-1")}

            problem_of(await client.post("/v1/request-code", content=b"{}", headers=headers), 413, "body_too_large")


async def test_a_body_without_a_length_is_counted_as_it_comes(service):
    before = await service.dump()
    parts = [b'{"phone_number": "+31612345678"', b" " * 10_000, b" " * 10_000, b"}"]

    answer = await service.client.post("/v1/request-code", content=pieces(*parts), headers=JSON)

    problem_of(answer, 413, "body_too_large")
    assert await service.dump() == before


async def test_a_body_in_pieces_is_fine_below_the_cap(client):
    parts = [b'{"phone_number": ', b'"+31612345678"', b" " * 1000, b"}"]

    answer = await client.post("/v1/request-code", content=pieces(*parts), headers=JSON)

    assert answer.status_code == 202


async def test_a_report_in_pieces_is_counted_too(service):
    parts = [b" " * 600_000, b" " * 600_000]

    token = inbox_token(service.container.keyring)

    answer = await service.client.post(f"/v1/reports/inbox/{token}", content=pieces(*parts))

    problem_of(answer, 413, "body_too_large")


async def test_a_body_that_does_not_say_that_it_is_json_is_refused(service, subtests):
    for kind in [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "json",
        "application",
        ";",
        "application/json2",
        "application/vnd.api+json",
    ]:
        with subtests.test(repr(kind)):
            before = await service.dump()
            headers = {"Content-Type": kind} if kind else {}
            body = b'{"phone_number": "+31612345678"}'

            for path in ("/v1/request-code", "/v1/verify-code", "/v1/proofs/redeem"):
                problem_of(
                    await service.client.post(path, content=body, headers=headers), 415, "unsupported_media_type"
                )

            assert await service.dump() == before


async def test_json_may_be_said_in_all_ways(client, subtests):
    for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json ;x=y"]:
        with subtests.test(repr(kind)):
            body = b'{"phone_number": "+31612345678"}'

            assert (
                await client.post("/v1/request-code", content=body, headers={"Content-Type": kind})
            ).status_code == 202


async def test_a_method_that_an_address_does_not_take_is_told_which_it_does(service, subtests):
    for path, allowed in [
        ("/v1/request-code", {"POST"}),
        ("/v1/verify-code", {"POST"}),
        ("/v1/verifications/vf_x", {"GET", "DELETE"}),
        ("/v1/proofs/redeem", {"POST"}),
        ("/v1/proofs/introspect", {"POST"}),
        ("/v1/reports/inbox", {"GET", "POST"}),
        ("/v1/reports/inbox/token", {"GET", "POST"}),
        ("/.well-known/jwks.json", {"GET", "HEAD"}),
        ("/livez", {"GET", "HEAD"}),
        ("/readyz", {"GET", "HEAD"}),
        ("/problems/rate_limited", {"GET", "HEAD"}),
        ("/static/style.css", {"GET", "HEAD"}),
    ]:
        with subtests.test(f"{path!r} {allowed!r}"):
            before = await service.dump()

            for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"} - allowed:
                answer = await service.client.request(method, path, headers=JSON)
                if method != "HEAD":  # whose answers have no body
                    problem_of(answer, 405, "method_not_allowed")
                assert answer.status_code == 405
                assert {name.strip() for name in answer.headers["allow"].split(",")} == allowed

            assert await service.dump() == before


async def test_there_is_nothing_at_any_other_address(client, subtests):
    """No redirect either: its Location would be made of a header that anybody can send."""
    for path in [
        "/v1",
        "/v2/request-code",
        "/v1/nothing",
        "/v1/request-code/",
        "//v1/request-code",
        "/v1/verifications/",
        "/v1/verifications/a/b",
        "/problems/nothing",
        "/static/nothing.css",
        "/static/../main.py",
        "/static/%2e%2e/main.py",
        "/static/%00",
        "/static/" + "x" * 5000,
        "/%ff%fe",
        "/.env",
    ]:
        with subtests.test(repr(path)):
            problem_of(await client.get(path), 404, "not_found")


async def test_every_answer_has_a_name_of_its_own(client):
    answers = [await client.get("/livez", headers={"X-Request-Id": "mine"}) for _ in range(3)]

    names = {answer.headers["x-request-id"] for answer in answers}
    assert len(names) == 3
    assert "mine" not in names
    assert all(answer.headers["x-content-type-options"] == "nosniff" for answer in answers)


async def test_only_keys_and_static_files_may_be_kept_by_caches(client):
    kept = [await client.get("/.well-known/jwks.json"), await client.get("/static/style.css")]
    missing = await client.get("/static/nothing.css")

    assert all("no-store" not in answer.headers.get("cache-control", "") for answer in kept)
    assert missing.headers["cache-control"] == "no-store"


EVERY = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
NOTHING = "default-src 'none'; frame-ancestors 'none'"


async def test_every_answer_tells_a_browser_to_be_careful(client):
    """Refusals in front of the routes too; what is no page may load and run nothing."""
    answers = [
        await client.get("/livez"),
        await client.get("/v1/nothing"),
        await client.get("/v1/request-code"),
        await client.get("/static/style.css"),
        await client.get("/openapi.json"),
        await client.get("/livez", headers={"Host": "evil.example"}),
        await client.post("/v1/request-code", content=b"x"),
        await client.post("/v1/request-code", json={}, headers={"Authorization": ""}),
        await ask(client),
    ]

    for answer in answers:
        assert {name: answer.headers[name] for name in EVERY} == EVERY
        assert answer.headers["content-security-policy"] == NOTHING
        assert "server" not in answer.headers
        assert "strict-transport-security" not in answer.headers


async def test_a_page_has_a_policy_of_its_own_in_which_no_inline_script_runs(client, subtests):
    for path in ["/", "/demo", "/dev/inbox", "/docs", "/problems/rate_limited"]:
        with subtests.test(repr(path)):
            answer = await client.get(path)

            rules = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
            assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
            assert "unsafe" not in rules.get("script-src", rules["default-src"])
            assert {name: answer.headers[name] for name in EVERY} == EVERY


async def test_in_production_a_browser_is_told_to_come_by_https_only(run_service, engine_url):
    async with run_service(redis_url=engine_url, **PRODUCTION) as service:
        answers = [await service.client.get("/livez"), await service.client.get("/v1/nothing")]

    assert {answer.headers["strict-transport-security"] for answer in answers} == {"max-age=31536000"}


async def test_what_probes_ask_by_head_is_answered_like_a_get(client, subtests):
    for path in ["/livez", "/.well-known/jwks.json"]:
        with subtests.test(repr(path)):
            head, get = await client.head(path), await client.get(path)

            assert (head.status_code, head.content) == (200, b"")
            alike = ("content-type", "content-length", "cache-control")
            assert [head.headers[name] for name in alike] == [get.headers[name] for name in alike]


async def test_in_production_the_developers_pages_are_not_there(run_service, engine_url):
    """Nor is the reference, unless it is switched on."""
    async with run_service(redis_url=engine_url, **PRODUCTION) as service:
        for path in ("/", "/demo", "/dev/inbox", "/dev/inbox/messages", "/docs", "/openapi.json", "/redoc"):
            problem_of(await service.client.get(path), 404, "not_found")
        problem_of(await ask(service.client, key="sk_dev"), 401, "unauthorized")
        assert (await ask(service.client, key="sk_shop")).status_code != 401


async def test_the_reference_can_be_switched_on_in_production(run_service, engine_url):
    """And is counted there, for nobody needs to read it sixty times a minute."""
    given = PRODUCTION | {"docs": "true", "limit_calls_per_address": "2/min", "redis_url": engine_url}
    async with run_service(**given) as service:
        answers = [await service.client.get(path) for path in ("/docs", "/openapi.json", "/docs", "/openapi.json")]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]


async def test_a_mistake_in_the_path_points_nowhere_in_the_body(client):
    answer = await client.get(f"/v1/verifications/{'x' * 65}")

    assert pointers(answer) == ["/id"]
    assert answer.headers["content-type"] == PROBLEM
    assert "x" * 65 not in answer.text


async def test_a_key_in_the_query_is_no_key(client):
    answer = await client.post(
        "/v1/request-code?key=sk_dev", json={"phone_number": PHONE}, headers={"Authorization": ""}
    )

    problem_of(answer, 401, "unauthorized")


async def test_on_a_developers_machine_a_foreign_name_is_refused(client, subtests):
    """A page anywhere can let its own name point to this machine, and would read every code on the phone."""
    for path in ["/dev/inbox/messages", "/v1/verifications/vf_x", "/demo"]:
        with subtests.test(repr(path)):
            problem_of(await client.get(path, headers={"Host": "evil.example"}), 403, "forbidden")


async def test_on_a_developers_machine_its_addresses_are_taken(client, subtests):
    """A phone on the same network types the address, and no name can be pointed at an address."""
    for host in ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "192.168.1.5:8000"]:
        with subtests.test(repr(host)):
            assert (await client.get("/demo", headers={"Host": host})).status_code == 200


async def test_calls_at_once_stay_apart_whatever_the_server_does_with_its_state():
    """A server should copy what the lifespan left for each call, and some give all calls the same dictionary."""
    shared, logged_lines, all_in = {"container": None}, [], asyncio.Barrier(2)

    async def listen(scope, receive, send):
        await all_in.wait()
        logged_lines.append((scope["state"]["caller"].secret, scope["state"]["request_id"]))
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def ignore(message): ...

    guard = RequestMiddleware(listen, admission=RequestAdmission.of(make_settings()))
    head = {"type": "http", "method": "POST", "path": "/v1/request-code", "client": ("192.0.2.1", 1), "state": shared}
    keys = [[(b"authorization", b"Bearer " + key), (b"host", b"localhost")] for key in (b"sk_dev", b"pk_dev")]
    await asyncio.gather(*(guard({**head, "headers": key}, None, ignore) for key in keys))

    assert {is_secret for is_secret, _ in logged_lines} == {True, False}
    assert len({request_id for _, request_id in logged_lines}) == 2
    assert shared == {"container": None}
