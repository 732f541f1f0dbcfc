"""Somebody holds a key, or has read one, and wants more than it opens."""

import json

import pytest

from app.domain.api_key import digest_key
from tests.support.api_calls import APPS, ask_again, bearer, check, new_id, problem_of
from tests.support.builders import PHONE
from tests.support.callers import Browser, kept
from tests.support.stores import on_the_embedded_store

SHOP, BANK = "https://shop.example.com", "https://bank.example.com"
PAGES = json.dumps(
    {
        "shop": {
            "secret_keys": [digest_key("sk_shop")],
            "publishable_keys": {digest_key("pk_shop"): ["login"]},
            "origins": [SHOP],
        },
        "bank": {"publishable_keys": {digest_key("pk_bank"): ["login"]}, "origins": [BANK]},
    }
)
BY_ID = {
    "look": lambda client, its, key: client.get(f"/v1/verifications/{its}", headers=bearer(key)),
    "cancel": lambda client, its, key: client.delete(f"/v1/verifications/{its}", headers=bearer(key)),
    "check": lambda client, its, key: check(client, its, key=key),
    "check for a purpose": lambda client, its, key: check(client, its, key=key, purpose="login"),
    "resend": lambda client, its, key: ask_again(client, its, key=key),
}
BROWSERS = BY_ID.keys() - {"look", "cancel"}  # what a publishable key may do with its own ids


async def test_another_apps_id_is_an_unknown_id(service, clock, subtests):
    """Word for word: whoever finds an id must not even learn that it exists."""
    for name, key in [*((name, "sk_shop") for name in BY_ID), *((name, "pk_shop") for name in sorted(BROWSERS))]:
        with subtests.test(f"{name!r} {key!r}"):
            others = await new_id(service.client)
            clock.tick(seconds=60)
            before = await kept(service)

            theirs, unknown = [
                await BY_ID[name](service.client, id, key) for id in (others, "vf_3q2-7wAAAAAAAAAAAAAAAA")
            ]

            assert _said(theirs) == _said(unknown)
            problem_of(theirs, 404, "no_pending_verification")
            assert await kept(service) == before
            assert (await check(service.client, others)).status_code == 200


def _said(answer):
    """All that an answer tells, but for the name that each has of its own."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, answer.json() | {"instance": ""}


async def test_another_apps_number_has_no_pending_code(service):
    await new_id(service.client)
    body = {"phone_number": PHONE, "code": "042137"}

    problem_of(
        await service.client.post("/v1/verify-code", json=body, headers=bearer("sk_shop")),
        404,
        "no_pending_verification",
    )


@pytest.mark.parametrize("route", ["redeem", "introspect"])
async def test_another_apps_proof_proves_nothing(service, route):
    """Nor does it learn whether that was a proof at all."""
    proof = (await check(service.client, await new_id(service.client))).json()["proof"]
    said = [
        await service.client.post(f"/v1/proofs/{route}", json={"proof": shown}, headers=bearer("sk_shop"))
        for shown in (proof, "junk")
    ]

    assert [answer.json() for answer in said] == [{"active": False}] * 2
    assert (await service.client.post("/v1/proofs/redeem", json={"proof": proof})).json()["active"] is True


FOREIGN_ORIGINS = [
    BANK,
    "https://evil.example",
    "https://shop.example.com.evil.example",
    "null",
    "http://shop.example.com",
    "https://shop.example.com:8443",
    "https://Shop.example.com",
    "",
    SHOP + ", " + SHOP,
]


async def test_a_publishable_key_is_of_no_use_on_a_foreign_page(run_service, subtests):
    """It is public, so anybody can put it on a page of theirs and spend the app's SMS by their visitors."""
    async with run_service(apps=PAGES) as service:
        before = await kept(service)
        for origin in FOREIGN_ORIGINS:
            with subtests.test(repr(origin)):
                answer = await Browser(service.client, key="pk_shop", Origin=origin).ask()

                problem_of(answer, 403, "forbidden")
                assert await kept(service) == before
                assert (answer.headers.get("access-control-allow-origin") == origin) == (origin == BANK)


async def test_a_publishable_key_works_on_its_own_pages_and_on_phones(run_service):
    async with run_service(apps=PAGES) as service:
        own = await Browser(service.client, key="pk_shop", Origin=SHOP).ask()
        phone = await Browser(service.client, key="pk_shop").ask()

    assert (own.status_code, own.headers["access-control-allow-origin"]) == (202, SHOP)
    assert (phone.status_code, "access-control-allow-origin" in phone.headers) == (202, False)


async def test_a_listed_page_can_read_its_refusals(run_service):
    """Or a login form could not tell when to try again."""
    async with run_service(apps=PAGES) as service:
        answer = await Browser(service.client, key="pk_shop", Origin=SHOP).check("vf_unknown")

    problem_of(answer, 404, "no_pending_verification")
    assert answer.headers["access-control-allow-origin"] == SHOP
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"retry-after", "x-request-id"} <= exposed
    assert "access-control-allow-credentials" not in answer.headers


@on_the_embedded_store
@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "token", "authorization", "Authorization"])
async def test_a_key_in_an_address_a_body_or_a_cookie_is_no_key(service, logged_lines, name):
    """An address ends in logs, histories and Referer headers; a key that worked there would be copied everywhere."""
    client, none = service.client, {"Authorization": ""}
    body = {"phone_number": PHONE}
    before = await kept(service)

    for path in ("/v1/request-code", "/v1/verify-code", "/v1/proofs/redeem"):
        problem_of(await client.post(f"{path}?{name}=sk_dev", json=body, headers=none), 401, "unauthorized")
        problem_of(await client.post(f"{path}?{name}=Bearer%20sk_dev", json=body, headers=none), 401, "unauthorized")
        problem_of(await client.post(path, json=body | {name: "sk_dev"}, headers=none), 401, "unauthorized")
        problem_of(await client.post(path, json=body, headers=none | {"Cookie": f"{name}=sk_dev"}), 401, "unauthorized")
    for method in ("GET", "DELETE"):
        answer = await client.request(method, f"/v1/verifications/vf_x?{name}=sk_dev", headers=none)
        problem_of(answer, 401, "unauthorized")

    assert await kept(service) == before
    assert b"sk_dev" not in logged_lines.getvalue()


async def test_a_publishable_key_does_nothing_of_a_backends(service):
    id = await new_id(service.client, key="pk_dev")
    proof = {"proof": "eyJ0eXAiOiJKV1QifQ.e30.AAAA"}
    calls = [
        service.client.get(f"/v1/verifications/{id}", headers=bearer("pk_dev")),
        service.client.delete(f"/v1/verifications/{id}", headers=bearer("pk_dev")),
        service.client.post("/v1/proofs/redeem", json=proof, headers=bearer("pk_dev")),
        service.client.post("/v1/proofs/introspect", json=proof, headers=bearer("pk_dev")),
        service.client.post(
            "/v1/verify-code", json={"phone_number": PHONE, "code": "042137"}, headers=bearer("pk_dev")
        ),
        check(service.client, id, key="pk_dev", client_ip="203.0.113.7"),
        check(service.client, id, key="pk_dev", purpose="pay"),
    ]

    for call in calls:
        problem_of(await call, 403, "forbidden")
    assert (await check(service.client, id, key="pk_dev")).status_code == 200


async def test_an_app_is_known_by_each_of_its_keys(run_service):
    """So that a key can be changed: give the new one, let both work, take the old one away."""
    old_and_new = json.dumps({"shop": {"secret_keys": [digest_key("sk_old"), digest_key("sk_new")]}})
    async with run_service(apps=old_and_new) as service:
        id = await new_id(service.client, key="sk_old")

        assert (await check(service.client, id, key="sk_new")).status_code == 200
    assert "sk_shop" not in APPS, "settings hold digests, and no key"
