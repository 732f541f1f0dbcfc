"""CORS: which origins may call with a publishable key, and which may read a response."""

import json

import pytest

from app.domain.api_key import digest_key
from tests.support.admission import LIMITED_PATH, AppClient
from tests.support.api_calls import PROBLEM, assert_problem, post_request_code
from tests.support.builders import PHONE
from tests.support.redis_proxy import closed_port_url

SHOP, BANK = "https://shop.example.com", "https://bank.example.com:8443"
FOREIGN = "https://evil.example"
APPS = json.dumps(
    {
        "shop": {
            "secret_keys": [digest_key("sk_shop")],
            "publishable_keys": {digest_key("pk_shop"): ["login"]},
            "origins": [SHOP],
        },
        "bank": {"publishable_keys": {digest_key("pk_bank"): ["login"]}, "origins": [BANK]},
    }
)
ALLOWED_HEADERS = (
    "authorization, content-type, idempotency-key, otp-phone-number, otp-country, "
    "traceparent, tracestate, baggage, sentry-trace"
)


def cors_headers(response):
    return {name: value for name, value in response.headers.items() if name.startswith("access-control")}


def allowed(origin):
    return {"access-control-allow-origin": origin, "access-control-expose-headers": "Retry-After, X-Request-Id"}


def preflight(origin, method="POST"):
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ALLOWED_HEADERS,
    }


@pytest.fixture
def app_client():
    return AppClient(apps=APPS)


@pytest.fixture
async def shop(run_service):
    async with run_service(apps=APPS) as service:
        yield service.client


async def call(client, key, origin=None, **more):
    headers = {"Authorization": f"Bearer {key}"} | ({} if origin is None else {"Origin": origin})
    return await client.post("/v1/request-code", json={"phone_number": PHONE} | more, headers=headers)


async def test_publishable_key_works_on_listed_origins(shop):
    assert (await call(shop, "pk_shop", SHOP)).status_code == 202
    assert (await call(shop, "pk_bank", BANK)).status_code == 202


async def test_publishable_key_is_refused_on_other_origins(app_client, subtests):
    for origin in [
        FOREIGN,
        BANK,
        "null",
        "",
        "file://",
        "http://shop.example.com",
        "https://shop.example.com:8443",
        "https://shop.example.com/",
        "https://SHOP.example.com",
        "https://shop.example.com.evil.example",
        "https://evil.example/https://shop.example.com",
        "https://sub.shop.example.com",
        f"{SHOP}, {SHOP}",
        f"{SHOP} {FOREIGN}",
        "https://localhost.evil.example",
        "https://evil.example:8000@localhost",
        "http://127.0.0.1.evil.example",
        "localhost",
        "http://localhost:8000:9000",
        "chrome-extension://shop.example.com",
    ]:
        with subtests.test(repr(origin)):
            async with app_client.client() as client:
                assert_problem(await call(client, "pk_shop", origin), 403, "forbidden")


async def test_two_origin_headers_are_refused(app_client):
    headers = [("Authorization", "Bearer pk_shop"), ("Origin", SHOP), ("Origin", SHOP)]

    assert_problem(await app_client.call("POST", "/v1/request-code", json={}, headers=headers), 403, "forbidden")


async def test_request_without_origin_is_allowed(shop):
    assert (await call(shop, "pk_shop")).status_code == 202


async def test_secret_key_ignores_the_origin(shop):
    for origin in (SHOP, BANK, FOREIGN, "null"):
        assert (await call(shop, "sk_shop", origin)).status_code in {202, 429}


async def test_refused_origin_stores_nothing(run_service):
    async with run_service(apps=APPS) as service:
        await call(service.client, "pk_shop", FOREIGN)

        assert [key for key in await service.dump() if not key.endswith(b"_queue")] == []


async def test_preflight_allows_the_origins_of_all_apps(app_client):
    """A preflight carries no key, so the app is unknown."""
    for origin in (SHOP, BANK):
        response = await app_client.options("/v1/request-code", headers=preflight(origin))

        assert (response.status_code, response.content) == (204, b"")
        assert cors_headers(response) == allowed(origin) | {
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": ALLOWED_HEADERS,
            "access-control-max-age": "7200",
        }
        assert response.headers["vary"] == "Origin"


async def test_preflight_is_answered_on_any_path(app_client, subtests):
    for path in ["/v1/verify-code", "/v1/human-check", "/v1/nothing", "/", "/livez", "/static/x"]:
        with subtests.test(repr(path)):
            assert (await app_client.options(path, headers=preflight(SHOP))).status_code == 204


async def test_preflight_of_unlisted_origin_has_no_cors_headers(app_client, subtests):
    for origin in [FOREIGN, "null", "", f"{SHOP}/"]:
        with subtests.test(repr(origin)):
            response = await app_client.options("/v1/request-code", headers=preflight(origin))

            assert_problem(response, 403, "forbidden")
            assert cors_headers(response) == {}
            assert response.headers["vary"] == "Origin"


async def test_incomplete_preflight_is_method_not_allowed(app_client):
    for headers in ({}, {"Origin": SHOP}, {"Access-Control-Request-Method": "POST"}):
        assert_problem(await app_client.options("/v1/request-code", headers=headers), 405, "method_not_allowed")


async def test_every_response_to_a_listed_origin_has_cors_headers(run_service):
    """Refusals too: a page that cannot read one can only show a generic failure."""
    async with run_service(apps=APPS, limit_calls_per_address="10/min") as service:
        body = {"phone_number": PHONE}
        json_type, text = {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}
        page = {"Origin": SHOP, "Authorization": "Bearer pk_shop"}
        responses = [
            await service.client.request(method, path, headers=page | headers, **more)
            for method, path, headers, more in [
                ("POST", "/v1/request-code", {}, {"json": body}),
                ("POST", "/v1/request-code", {"Authorization": ""}, {"json": body}),
                ("POST", "/v1/request-code", {"Authorization": "Bearer pk_bank"}, {"json": body}),
                ("POST", "/v1/request-code", json_type, {"content": b" " * 20_000}),
                ("POST", "/v1/request-code", text, {"content": b"{}"}),
                ("POST", "/v1/request-code", {}, {"json": {}}),
                ("GET", "/v1/request-code", {}, {}),
                ("GET", "/v1/nothing", {}, {}),
                ("GET", "/.well-known/jwks.json", {}, {}),
                ("GET", LIMITED_PATH, {}, {}),
                ("GET", LIMITED_PATH, {}, {}),
                ("GET", LIMITED_PATH, {}, {}),
            ]
        ]

    assert [response.status_code for response in responses] == [
        202,
        401,
        403,
        413,
        415,
        422,
        405,
        404,
        200,
        200,
        200,
        429,
    ]
    for response in responses:
        assert cors_headers(response) == allowed(SHOP)
        assert response.headers["vary"] == "Origin"


async def test_503_has_cors_headers_without_redis(run_service):
    async with run_service(apps=APPS, redis_url=closed_port_url()) as service:
        response = await call(service.client, "pk_shop", SHOP)

    assert (response.status_code, cors_headers(response)) == (503, allowed(SHOP))


async def test_500_has_cors_headers(app_client):
    @app_client.app.get("/bug")
    def bug():
        raise RuntimeError

    response = await app_client.get("/bug", headers={"Origin": SHOP})

    assert (response.status_code, cors_headers(response)) == (500, allowed(SHOP))


async def test_responses_to_unlisted_origins_have_no_cors_headers(shop):
    responses = [
        await call(shop, "sk_shop", FOREIGN),
        await call(shop, "pk_shop", FOREIGN),
        await post_request_code(shop, key="sk_shop"),
        await shop.get("/.well-known/jwks.json", headers={"Origin": "null"}),
    ]

    assert [cors_headers(response) for response in responses] == [{}] * 4
    assert all("origin" in response.headers["vary"].lower() for response in responses)


LOCAL_ORIGINS = [
    "http://localhost",
    "http://localhost:3000",
    "https://localhost:5173",
    "http://shop.localhost:3000",
    "http://127.0.0.1:8080",
    "http://127.8.9.10",
    "http://[::1]:3000",
]


async def test_local_origins_are_allowed_in_development(app_client, subtests):
    for origin in LOCAL_ORIGINS:
        with subtests.test(repr(origin)):
            for key in ("pk_dev", "pk_shop"):
                response = await app_client.get(headers={"Origin": origin, "Authorization": f"Bearer {key}"})

                assert (response.status_code, cors_headers(response)) == (200, allowed(origin))
            assert (await app_client.options("/v1/request-code", headers=preflight(origin))).status_code == 204


async def test_own_pages_by_ip_address_are_allowed_in_development(app_client, subtests):
    """A phone on the same network opens the demo by the machine's IP address."""
    for host in ["192.168.1.5:8000", "[fe80::1]:8000"]:
        with subtests.test(repr(host)):
            headers = {"Authorization": "Bearer pk_dev", "Origin": f"http://{host}"}
            own, foreign = [
                await app_client.get(headers=headers | {"Host": name}) for name in (host, "192.168.1.6:8000")
            ]

            assert (own.status_code, cors_headers(own)) == (200, allowed(f"http://{host}"))
            assert_problem(foreign, 403, "forbidden")


async def test_refusal_does_not_list_allowed_origins(app_client):
    """The list of allowed origins is not public."""
    response = await app_client.options("/v1/request-code", headers=preflight(FOREIGN))

    assert response.headers["content-type"] == PROBLEM
    assert "example" not in response.text
