"""Which pages may call from a browser, and which of them may read an answer."""

import json

import pytest

from app.domain.api_key import digest_key
from tests.support.admission import COUNTED, AppClient
from tests.support.api_calls import PROBLEM, ask, problem_of
from tests.support.builders import PHONE
from tests.support.redis_proxy import closed_port

SHOP, BANK = "https://shop.example.com", "https://bank.example.com:8443"
EVIL = "https://evil.example"
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
ALLOWED = "authorization, content-type, idempotency-key, otp-phone-number, otp-country"


def cors(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control")}


def leave(origin):
    return {"access-control-allow-origin": origin, "access-control-expose-headers": "Retry-After, X-Request-Id"}


def preflight(origin, method="POST"):
    return {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": ALLOWED}


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


async def test_a_publishable_key_works_on_the_pages_of_its_app(shop):
    assert (await call(shop, "pk_shop", SHOP)).status_code == 202
    assert (await call(shop, "pk_bank", BANK)).status_code == 202


async def test_and_on_no_other(app_client, subtests):
    for origin in [
        EVIL,
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
        f"{SHOP} {EVIL}",
        "https://localhost.evil.example",
        "https://evil.example:8000@localhost",
        "http://127.0.0.1.evil.example",
        "localhost",
        "http://localhost:8000:9000",
        "chrome-extension://shop.example.com",
    ]:
        with subtests.test(repr(origin)):
            async with app_client.client() as client:
                problem_of(await call(client, "pk_shop", origin), 403, "forbidden")


async def test_two_origins_are_nobodys(app_client):
    headers = [("Authorization", "Bearer pk_shop"), ("Origin", SHOP), ("Origin", SHOP)]

    problem_of(await app_client.call("POST", "/v1/request-code", json={}, headers=headers), 403, "forbidden")


async def test_an_app_on_a_phone_sends_no_origin_and_is_taken(shop):
    assert (await call(shop, "pk_shop")).status_code == 202


async def test_a_secret_key_is_not_judged_by_an_origin(shop):
    for origin in (SHOP, BANK, EVIL, "null"):
        assert (await call(shop, "sk_shop", origin)).status_code in {202, 429}


async def test_a_foreign_page_spends_nothing(run_service):
    async with run_service(apps=APPS) as service:
        await call(service.client, "pk_shop", EVIL)

        assert [key for key in await service.dump() if not key.endswith(b"_queue")] == []


async def test_a_preflight_is_answered_for_the_pages_of_all_apps(app_client):
    """It carries no key, so nobody can tell whose page it is."""
    for origin in (SHOP, BANK):
        answer = await app_client.options("/v1/request-code", headers=preflight(origin))

        assert (answer.status_code, answer.content) == (204, b"")
        assert cors(answer) == leave(origin) | {
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": ALLOWED,
            "access-control-max-age": "7200",
        }
        assert answer.headers["vary"] == "Origin"


async def test_at_any_address(app_client, subtests):
    for path in ["/v1/verify-code", "/v1/human-check", "/v1/nothing", "/", "/livez", "/static/x"]:
        with subtests.test(repr(path)):
            assert (await app_client.options(path, headers=preflight(SHOP))).status_code == 204


async def test_a_preflight_of_a_foreign_page_is_refused_without_leave(app_client, subtests):
    for origin in [EVIL, "null", "", f"{SHOP}/"]:
        with subtests.test(repr(origin)):
            answer = await app_client.options("/v1/request-code", headers=preflight(origin))

            problem_of(answer, 403, "forbidden")
            assert cors(answer) == {}
            assert answer.headers["vary"] == "Origin"


async def test_what_is_no_preflight_is_an_unknown_method(app_client):
    for headers in ({}, {"Origin": SHOP}, {"Access-Control-Request-Method": "POST"}):
        problem_of(await app_client.options("/v1/request-code", headers=headers), 405, "method_not_allowed")


async def test_every_answer_to_a_listed_page_may_be_read_by_it(run_service):
    """Refusals too: a page that cannot read a refusal shows nothing but that something failed."""
    async with run_service(apps=APPS, limit_calls_per_address="10/min") as service:
        body = {"phone_number": PHONE}
        json_type, text = {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}
        page = {"Origin": SHOP, "Authorization": "Bearer pk_shop"}
        answers = [
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
                ("GET", COUNTED, {}, {}),
                ("GET", COUNTED, {}, {}),
                ("GET", COUNTED, {}, {}),
            ]
        ]

    assert [answer.status_code for answer in answers] == [202, 401, 403, 413, 415, 422, 405, 404, 200, 200, 200, 429]
    for answer in answers:
        assert cors(answer) == leave(SHOP)
        assert answer.headers["vary"] == "Origin"


async def test_so_may_a_redis_that_is_away(run_service):
    async with run_service(apps=APPS, redis_url=closed_port()) as service:
        answer = await call(service.client, "pk_shop", SHOP)

    assert (answer.status_code, cors(answer)) == (503, leave(SHOP))


async def test_and_a_bug(app_client):
    @app_client.app.get("/bug")
    def bug():
        raise RuntimeError

    answer = await app_client.get("/bug", headers={"Origin": SHOP})

    assert (answer.status_code, cors(answer)) == (500, leave(SHOP))


async def test_a_foreign_page_may_read_nothing(shop):
    answers = [
        await call(shop, "sk_shop", EVIL),
        await call(shop, "pk_shop", EVIL),
        await ask(shop, key="sk_shop"),
        await shop.get("/.well-known/jwks.json", headers={"Origin": "null"}),
    ]

    assert [cors(answer) for answer in answers] == [{}] * 4
    assert all("origin" in answer.headers["vary"].lower() for answer in answers)


LOCAL = [
    "http://localhost",
    "http://localhost:3000",
    "https://localhost:5173",
    "http://shop.localhost:3000",
    "http://127.0.0.1:8080",
    "http://127.8.9.10",
    "http://[::1]:3000",
]


async def test_on_a_developers_machine_every_local_page_is_listed_for_all_apps(app_client, subtests):
    for origin in LOCAL:
        with subtests.test(repr(origin)):
            for key in ("pk_dev", "pk_shop"):
                answer = await app_client.get(headers={"Origin": origin, "Authorization": f"Bearer {key}"})

                assert (answer.status_code, cors(answer)) == (200, leave(origin))
            assert (await app_client.options("/v1/request-code", headers=preflight(origin))).status_code == 204


async def test_so_are_the_services_own_pages_by_the_address_that_was_typed(app_client, subtests):
    """A phone on the same network opens the demo by this machine's address."""
    for host in ["192.168.1.5:8000", "[fe80::1]:8000"]:
        with subtests.test(repr(host)):
            headers = {"Authorization": "Bearer pk_dev", "Origin": f"http://{host}"}
            own, foreign = [
                await app_client.get(headers=headers | {"Host": name}) for name in (host, "192.168.1.6:8000")
            ]

            assert (own.status_code, cors(own)) == (200, leave(f"http://{host}"))
            problem_of(foreign, 403, "forbidden")


async def test_a_refusal_names_no_origin_of_others(app_client):
    """Who may call is nobody's business."""
    answer = await app_client.options("/v1/request-code", headers=preflight(EVIL))

    assert answer.headers["content-type"] == PROBLEM
    assert "example" not in answer.text
