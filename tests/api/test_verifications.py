"""`GET` and `DELETE /v1/verifications/{id}`."""

import pytest

from tests.support.api_calls import TIMESTAMP, WRONG_CODE, assert_problem, bearer, new_verification_id, post_verify_code
from tests.support.builders import OTHER_PHONE, PHONE

FIELDS = [
    "verification_id",
    "status",
    "phone_number",
    "purpose",
    "reference",
    "created_at",
    "expires_at",
    "ended_at",
    "attempts_left",
    "sends_left",
    "sends",
]


async def get_verification(client, id, *, key=None):
    return await client.get(f"/v1/verifications/{id}", headers=bearer(key))


async def test_response_has_exactly_the_documented_fields(client):
    id = await new_verification_id(client, reference="cart-77")

    response = await get_verification(client, id)

    body = response.json()
    assert response.status_code == 200
    assert list(body) == FIELDS
    assert TIMESTAMP.match(body["created_at"])
    assert TIMESTAMP.match(body["expires_at"])
    assert body | {"created_at": 0, "expires_at": 0, "sends": 0} == {
        "verification_id": id,
        "status": "pending",
        "phone_number": PHONE,
        "purpose": "login",
        "reference": "cart-77",
        "created_at": 0,
        "expires_at": 0,
        "ended_at": None,
        "attempts_left": 5,
        "sends_left": 2,
        "sends": 0,
    }
    assert [(set(send), send["messages"]) for send in body["sends"]] == [({"at", "messages"}, [])]
    assert response.headers["cache-control"] == "no-store"


async def test_ended_verification_has_status_and_ended_at(client, clock):
    approved, canceled, locked = [await new_verification_id(client, purpose=f"p{n}") for n in range(3)]
    expired = await new_verification_id(client, OTHER_PHONE)
    await post_verify_code(client, approved)
    await client.delete(f"/v1/verifications/{canceled}")
    for _ in range(5):
        await post_verify_code(client, locked, WRONG_CODE)
    clock.tick(seconds=300)

    ends = {id: (await get_verification(client, id)).json() for id in (approved, canceled, locked, expired)}

    assert [end["status"] for end in ends.values()] == ["approved", "canceled", "locked", "expired"]
    assert all(TIMESTAMP.match(end["ended_at"]) for end in ends.values())
    assert ends[expired]["ended_at"] == ends[expired]["expires_at"]


async def test_approval_cancels_others_of_the_same_number_app_and_purpose(client):
    first, second, other = (
        await new_verification_id(client),
        await new_verification_id(client),
        await new_verification_id(client, purpose="pay"),
    )

    await post_verify_code(client, second)

    assert [(await get_verification(client, id)).json()["status"] for id in (first, other)] == ["canceled", "pending"]


async def test_expired_verification_is_readable(run_service, clock):
    async with run_service(keep=3600) as service:
        id = await new_verification_id(service.client)
        clock.tick(seconds=300)

        assert (await get_verification(service.client, id)).json()["status"] == "expired"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_get_and_cancel_refuse_publishable_keys(client, method):
    id = await new_verification_id(client, key="pk_dev")

    response = await client.request(method, f"/v1/verifications/{id}", headers=bearer("pk_dev"))

    assert_problem(response, 403, "forbidden")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_verification_of_another_app_is_404_like_an_unknown_one(client, method):
    id = await new_verification_id(client)

    foreign = await client.request(method, f"/v1/verifications/{id}", headers=bearer("sk_shop"))
    unknown = await client.request(method, "/v1/verifications/vf_nobodys")

    problems = [assert_problem(response, 404, "no_pending_verification") for response in (foreign, unknown)]
    assert problems[0] | {"instance": ""} == problems[1] | {"instance": ""}


async def test_canceled_verification_cannot_be_verified_or_canceled(client):
    id = await new_verification_id(client)

    response = await client.delete(f"/v1/verifications/{id}")

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["cache-control"] == "no-store"
    assert_problem(await post_verify_code(client, id), 404, "no_pending_verification")
    assert_problem(await client.delete(f"/v1/verifications/{id}"), 404, "no_pending_verification")


async def test_ended_verification_cannot_be_canceled(client, clock):
    used, expired = await new_verification_id(client), await new_verification_id(client, purpose="pay")
    await post_verify_code(client, used)
    clock.tick(seconds=300)

    for id in (used, expired):
        assert_problem(await client.delete(f"/v1/verifications/{id}"), 404, "no_pending_verification")
