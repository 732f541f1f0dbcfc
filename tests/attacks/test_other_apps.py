"""An attacker uses an API key beyond id permissions, or a leaked key."""

import json

import pytest

from app.domain.api_key import digest_key
from tests.support.api_calls import (
    APPS,
    assert_problem,
    bearer,
    new_verification_id,
    post_resend_code,
    post_verify_code,
)
from tests.support.builders import PHONE
from tests.support.callers import Browser, stored_state
from tests.support.stores import on_the_embedded_store

SHOP, BANK = "https://shop.example.com", "https://bank.example.com"
APPS_WITH_ORIGINS = json.dumps(
    {
        "shop": {
            "secret_keys": [digest_key("sk_shop")],
            "publishable_keys": {digest_key("pk_shop"): ["login"]},
            "origins": [SHOP],
        },
        "bank": {"publishable_keys": {digest_key("pk_bank"): ["login"]}, "origins": [BANK]},
    }
)
ACTIONS_BY_ID = {
    "look": lambda client, vf, key: client.get(f"/v1/verifications/{vf}", headers=bearer(key)),
    "cancel": lambda client, vf, key: client.delete(f"/v1/verifications/{vf}", headers=bearer(key)),
    "check": lambda client, vf, key: post_verify_code(client, vf, key=key),
    "check for a purpose": lambda client, vf, key: post_verify_code(client, vf, key=key, purpose="login"),
    "resend": lambda client, vf, key: post_resend_code(client, vf, key=key),
}
BROWSER_ACTIONS = ACTIONS_BY_ID.keys() - {"look", "cancel"}  # actions that a publishable key may call for id own ids


async def test_id_of_another_app_is_answered_like_an_unknown_id(service, clock, subtests):
    """The responses are identical: a caller must not learn that the id exists."""
    for name, key in [
        *((name, "sk_shop") for name in ACTIONS_BY_ID),
        *((name, "pk_shop") for name in sorted(BROWSER_ACTIONS)),
    ]:
        with subtests.test(f"{name!r} {key!r}"):
            foreign_id = await new_verification_id(service.client)
            clock.tick(seconds=60)
            before = await stored_state(service)

            foreign, unknown = [
                await ACTIONS_BY_ID[name](service.client, id, key) for id in (foreign_id, "vf_3q2-7wAAAAAAAAAAAAAAAA")
            ]

            assert _comparable(foreign) == _comparable(unknown)
            assert_problem(foreign, 404, "no_pending_verification")
            assert await stored_state(service) == before
            assert (await post_verify_code(service.client, foreign_id)).status_code == 200


def _comparable(answer):
    """Return a response without id request id and instance, which differ for each call."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, answer.json() | {"instance": ""}


async def test_number_of_another_app_has_no_pending_verification(service):
    await new_verification_id(service.client)
    body = {"phone_number": PHONE, "code": "042137"}

    assert_problem(
        await service.client.post("/v1/verify-code", json=body, headers=bearer("sk_shop")),
        404,
        "no_pending_verification",
    )


@pytest.mark.parametrize("route", ["redeem", "introspect"])
async def test_proof_of_another_app_is_inactive(service, route):
    """The other app does not learn whether the proof is valid."""
    proof = (await post_verify_code(service.client, await new_verification_id(service.client))).json()["proof"]
    responses = [
        await service.client.post(f"/v1/proofs/{route}", json={"proof": token}, headers=bearer("sk_shop"))
        for token in (proof, "junk")
    ]

    assert [answer.json() for answer in responses] == [{"active": False}] * 2
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


async def test_publishable_key_is_refused_from_a_foreign_origin(run_service, subtests):
    """The key is public: any site could embed it and spend the app's SMS through id visitors."""
    async with run_service(apps=APPS_WITH_ORIGINS) as service:
        before = await stored_state(service)
        for origin in FOREIGN_ORIGINS:
            with subtests.test(repr(origin)):
                answer = await Browser(service.client, key="pk_shop", Origin=origin).request_code()

                assert_problem(answer, 403, "forbidden")
                assert await stored_state(service) == before
                assert (answer.headers.get("access-control-allow-origin") == origin) == (origin == BANK)


async def test_publishable_key_is_accepted_from_its_origin_and_without_an_origin(run_service):
    async with run_service(apps=APPS_WITH_ORIGINS) as service:
        own = await Browser(service.client, key="pk_shop", Origin=SHOP).request_code()
        phone = await Browser(service.client, key="pk_shop").request_code()

    assert (own.status_code, own.headers["access-control-allow-origin"]) == (202, SHOP)
    assert (phone.status_code, "access-control-allow-origin" in phone.headers) == (202, False)


async def test_allowed_origin_can_read_error_responses(run_service):
    """Otherwise a login form could not show when to retry."""
    async with run_service(apps=APPS_WITH_ORIGINS) as service:
        answer = await Browser(service.client, key="pk_shop", Origin=SHOP).verify_code("vf_unknown")

    assert_problem(answer, 404, "no_pending_verification")
    assert answer.headers["access-control-allow-origin"] == SHOP
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"retry-after", "x-request-id"} <= exposed
    assert "access-control-allow-credentials" not in answer.headers


@on_the_embedded_store
@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "token", "authorization", "Authorization"])
async def test_key_in_query_body_or_cookie_is_refused(service, logged_lines, name):
    """URLs end up in logs, histories and Referer headers, so a key in a URL would leak."""
    client, none = service.client, {"Authorization": ""}
    body = {"phone_number": PHONE}
    before = await stored_state(service)

    for path in ("/v1/request-code", "/v1/verify-code", "/v1/proofs/redeem"):
        assert_problem(await client.post(f"{path}?{name}=sk_dev", json=body, headers=none), 401, "unauthorized")
        assert_problem(
            await client.post(f"{path}?{name}=Bearer%20sk_dev", json=body, headers=none), 401, "unauthorized"
        )
        assert_problem(await client.post(path, json=body | {name: "sk_dev"}, headers=none), 401, "unauthorized")
        assert_problem(
            await client.post(path, json=body, headers=none | {"Cookie": f"{name}=sk_dev"}), 401, "unauthorized"
        )
    for method in ("GET", "DELETE"):
        answer = await client.request(method, f"/v1/verifications/vf_x?{name}=sk_dev", headers=none)
        assert_problem(answer, 401, "unauthorized")

    assert await stored_state(service) == before
    assert b"sk_dev" not in logged_lines.getvalue()


async def test_publishable_key_is_refused_on_backend_routes(service):
    id = await new_verification_id(service.client, key="pk_dev")
    proof = {"proof": "eyJ0eXAiOiJKV1QifQ.e30.AAAA"}
    calls = [
        service.client.get(f"/v1/verifications/{id}", headers=bearer("pk_dev")),
        service.client.delete(f"/v1/verifications/{id}", headers=bearer("pk_dev")),
        service.client.post("/v1/verifications/search", json={"phone_number": PHONE}, headers=bearer("pk_dev")),
        service.client.post("/v1/proofs/redeem", json=proof, headers=bearer("pk_dev")),
        service.client.post("/v1/proofs/introspect", json=proof, headers=bearer("pk_dev")),
        service.client.post(
            "/v1/verify-code", json={"phone_number": PHONE, "code": "042137"}, headers=bearer("pk_dev")
        ),
        post_verify_code(service.client, id, key="pk_dev", client_ip="203.0.113.7"),
        post_verify_code(service.client, id, key="pk_dev", purpose="pay"),
    ]

    for call in calls:
        assert_problem(await call, 403, "forbidden")
    assert (await post_verify_code(service.client, id, key="pk_dev")).status_code == 200


async def test_app_accepts_each_of_its_keys(run_service):
    """This allows key rotation: add the new key, use both, remove the old one."""
    old_and_new = json.dumps({"shop": {"secret_keys": [digest_key("sk_old"), digest_key("sk_new")]}})
    async with run_service(apps=old_and_new) as service:
        id = await new_verification_id(service.client, key="sk_old")

        assert (await post_verify_code(service.client, id, key="sk_new")).status_code == 200
    assert "sk_shop" not in APPS, "settings hold digests, and no key"
