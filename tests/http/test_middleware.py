"""Behavior common to all routes: body size and type, keys, methods, hosts, caching and response headers."""

import asyncio
import json

from app.domain.api_key import digest_key
from app.gateways.registry import inbox_token
from app.http.admission import RequestAdmission
from app.http.middleware import RequestMiddleware
from tests.support.api_calls import PROBLEM, assert_problem, error_pointers, post_request_code
from tests.support.builders import PHONE, make_settings
from tests.support.callers import stored_state

JSON = {"Content-Type": "application/json"}
ROUTES_WITH_KEY = [
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


async def chunked(*chunks):
    """Send a body in chunks, without a Content-Length."""
    for chunk in chunks:
        yield chunk


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


async def test_unknown_keys_get_401_and_change_nothing(run_service, subtests):
    async with run_service(limit_calls_per_address="off") as service:
        del service.client.headers["Authorization"]
        before = await stored_state(service)
        for options in UNKNOWN_KEYS:
            with subtests.test(repr(options)):
                for method, path in ROUTES_WITH_KEY:
                    body = {"json": {"phone_number": PHONE}} if method == "POST" else {}
                    assert_problem(
                        await service.client.request(method, path, headers=options, **body), 401, "unauthorized"
                    )

                assert await stored_state(service) == before


async def test_keys_of_an_app_work_and_their_digests_do_not(client):
    assert (await post_request_code(client, key="sk_shop")).status_code == 202
    assert (await post_request_code(client, key="pk_shop")).status_code == 202
    assert_problem(await post_request_code(client, key=digest_key("sk_shop")), 401, "unauthorized")


async def test_content_length_over_16_kib_is_refused(client, subtests):
    for size in [16 * 1024 + 1, 10**6]:
        with subtests.test(repr(size)):
            response = await client.post("/v1/request-code", content=b" " * size, headers=JSON)

            assert_problem(response, 413, "body_too_large")


async def test_invalid_content_length_is_refused(client, subtests):
    for length in ["99999999999999999999", "00000000000000099999", "-1", "1.0", "x", "²"]:
        with subtests.test(repr(length)):
            headers = JSON | {"Content-Length": length.encode("latin-1")}

            assert_problem(await client.post("/v1/request-code", content=b"{}", headers=headers), 413, "body_too_large")


async def test_chunked_body_over_16_kib_is_refused(service):
    before = await service.dump()
    chunks = [b'{"phone_number": "+31612345678"', b" " * 10_000, b" " * 10_000, b"}"]

    response = await service.client.post("/v1/request-code", content=chunked(*chunks), headers=JSON)

    assert_problem(response, 413, "body_too_large")
    assert await service.dump() == before


async def test_chunked_body_below_the_cap_is_accepted(client):
    chunks = [b'{"phone_number": ', b'"+31612345678"', b" " * 1000, b"}"]

    response = await client.post("/v1/request-code", content=chunked(*chunks), headers=JSON)

    assert response.status_code == 202


async def test_chunked_report_over_1_mib_is_refused(service):
    chunks = [b" " * 600_000, b" " * 600_000]

    token = inbox_token(service.container.keyring)

    response = await service.client.post(f"/v1/reports/inbox/{token}", content=chunked(*chunks))

    assert_problem(response, 413, "body_too_large")


async def test_body_without_json_content_type_is_refused(service, subtests):
    for content_type in [
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
        with subtests.test(repr(content_type)):
            before = await service.dump()
            headers = {"Content-Type": content_type} if content_type else {}
            body = b'{"phone_number": "+31612345678"}'

            for path in ("/v1/request-code", "/v1/verify-code", "/v1/proofs/redeem"):
                assert_problem(
                    await service.client.post(path, content=body, headers=headers), 415, "unsupported_media_type"
                )

            assert await service.dump() == before


async def test_json_content_type_variants_are_accepted(client, subtests):
    for content_type in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json ;x=y"]:
        with subtests.test(repr(content_type)):
            body = b'{"phone_number": "+31612345678"}'

            assert (
                await client.post("/v1/request-code", content=body, headers={"Content-Type": content_type})
            ).status_code == 202


async def test_405_lists_the_allowed_methods(service, subtests):
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
                response = await service.client.request(method, path, headers=JSON)
                if method != "HEAD":  # its responses have no body
                    assert_problem(response, 405, "method_not_allowed")
                assert response.status_code == 405
                assert {name.strip() for name in response.headers["allow"].split(",")} == allowed

            assert await service.dump() == before


async def test_unknown_paths_are_404_without_redirects(client, subtests):
    """No redirect: its Location would contain the client's Host header."""
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
            assert_problem(await client.get(path), 404, "not_found")


async def test_every_response_has_a_unique_request_id(client):
    responses = [await client.get("/livez", headers={"X-Request-Id": "mine"}) for _ in range(3)]

    request_ids = {response.headers["x-request-id"] for response in responses}
    assert len(request_ids) == 3
    assert "mine" not in request_ids
    assert all(response.headers["x-content-type-options"] == "nosniff" for response in responses)


async def test_only_jwks_and_static_files_are_cacheable(client):
    cacheable = [await client.get("/.well-known/jwks.json"), await client.get("/static/style.css")]
    missing = await client.get("/static/nothing.css")

    assert all("no-store" not in response.headers.get("cache-control", "") for response in cacheable)
    assert missing.headers["cache-control"] == "no-store"


COMMON_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
DENY_ALL = "default-src 'none'; frame-ancestors 'none'"


async def test_every_response_has_the_security_headers(client):
    """Refusals by the middleware too; only pages may load or run anything."""
    responses = [
        await client.get("/livez"),
        await client.get("/v1/nothing"),
        await client.get("/v1/request-code"),
        await client.get("/static/style.css"),
        await client.get("/openapi.json"),
        await client.get("/livez", headers={"Host": "evil.example"}),
        await client.post("/v1/request-code", content=b"x"),
        await client.post("/v1/request-code", json={}, headers={"Authorization": ""}),
        await post_request_code(client),
    ]

    for response in responses:
        assert {name: response.headers[name] for name in COMMON_HEADERS} == COMMON_HEADERS
        assert response.headers["content-security-policy"] == DENY_ALL
        assert "server" not in response.headers
        assert "strict-transport-security" not in response.headers


async def test_content_security_policy_of_pages_forbids_inline_scripts(client, subtests):
    for path in ["/", "/demo", "/dev/inbox", "/docs", "/problems/rate_limited"]:
        with subtests.test(repr(path)):
            response = await client.get(path)

            rules = dict(rule.strip().split(" ", 1) for rule in response.headers["content-security-policy"].split(";"))
            assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
            assert "unsafe" not in rules.get("script-src", rules["default-src"])
            assert {name: response.headers[name] for name in COMMON_HEADERS} == COMMON_HEADERS


async def test_production_sends_strict_transport_security(run_service, engine_url):
    async with run_service(redis_url=engine_url, **PRODUCTION) as service:
        responses = [await service.client.get("/livez"), await service.client.get("/v1/nothing")]

    assert {response.headers["strict-transport-security"] for response in responses} == {"max-age=31536000"}


async def test_head_of_probed_paths_matches_get(client, subtests):
    for path in ["/livez", "/.well-known/jwks.json"]:
        with subtests.test(repr(path)):
            head, get = await client.head(path), await client.get(path)

            assert (head.status_code, head.content) == (200, b"")
            compared = ("content-type", "content-length", "cache-control")
            assert [head.headers[name] for name in compared] == [get.headers[name] for name in compared]


async def test_development_pages_are_404_in_production(run_service, engine_url):
    """The API reference too, unless it is enabled."""
    async with run_service(redis_url=engine_url, **PRODUCTION) as service:
        for path in ("/", "/demo", "/dev/inbox", "/dev/inbox/messages", "/docs", "/openapi.json", "/redoc"):
            assert_problem(await service.client.get(path), 404, "not_found")
        assert_problem(await post_request_code(service.client, key="sk_dev"), 401, "unauthorized")
        assert (await post_request_code(service.client, key="sk_shop")).status_code != 401


async def test_api_reference_can_be_enabled_in_production(run_service, engine_url):
    """The address limit applies to it there."""
    options = PRODUCTION | {"docs": "true", "limit_calls_per_address": "2/min", "redis_url": engine_url}
    async with run_service(**options) as service:
        responses = [await service.client.get(path) for path in ("/docs", "/openapi.json", "/docs", "/openapi.json")]

    assert [response.status_code for response in responses] == [200, 200, 429, 429]


async def test_path_errors_point_at_the_path_parameter(client):
    response = await client.get(f"/v1/verifications/{'x' * 65}")

    assert error_pointers(response) == ["path:id"]
    assert response.headers["content-type"] == PROBLEM
    assert "x" * 65 not in response.text


async def test_key_in_the_query_is_ignored(client):
    response = await client.post(
        "/v1/request-code?key=sk_dev", json={"phone_number": PHONE}, headers={"Authorization": ""}
    )

    assert_problem(response, 401, "unauthorized")


async def test_foreign_host_is_refused_in_development(client, subtests):
    """DNS rebinding would let a foreign page read every code in the inbox."""
    for path in ["/dev/inbox/messages", "/v1/verifications/vf_x", "/demo"]:
        with subtests.test(repr(path)):
            assert_problem(await client.get(path, headers={"Host": "evil.example"}), 403, "forbidden")


async def test_ip_address_hosts_are_allowed_in_development(client, subtests):
    """A phone on the same network uses the IP address, which DNS rebinding cannot."""
    for host in ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "192.168.1.5:8000"]:
        with subtests.test(repr(host)):
            assert (await client.get("/demo", headers={"Host": host})).status_code == 200


async def test_concurrent_requests_do_not_share_state():
    """A server should copy the lifespan state for each request; some share one dictionary."""
    shared, calls, barrier = {"container": None}, [], asyncio.Barrier(2)

    async def record_call(scope, receive, send):
        await barrier.wait()
        calls.append((scope["state"]["caller"].secret, scope["state"]["request_id"]))
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def ignore(message): ...

    middleware = RequestMiddleware(record_call, admission=RequestAdmission.of(make_settings()))
    head = {"type": "http", "method": "POST", "path": "/v1/request-code", "client": ("192.0.2.1", 1), "state": shared}
    keys = [[(b"authorization", b"Bearer " + key), (b"host", b"localhost")] for key in (b"sk_dev", b"pk_dev")]
    await asyncio.gather(*(middleware({**head, "headers": key}, None, ignore) for key in keys))

    assert {is_secret for is_secret, _ in calls} == {True, False}
    assert len({request_id for _, request_id in calls}) == 2
    assert shared == {"container": None}
