"""Looking at a verification, and canceling it."""

import pytest

from tests.support.api_calls import MOMENT, WRONG, bearer, check, new_id, problem_of
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


async def look(client, id, *, key=None):
    return await client.get(f"/v1/verifications/{id}", headers=bearer(key))


async def test_a_verification_is_shown_by_these_fields_and_no_other(client):
    id = await new_id(client, reference="cart-77")

    answer = await look(client, id)

    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == FIELDS
    assert MOMENT.match(body["created_at"])
    assert MOMENT.match(body["expires_at"])
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
    assert answer.headers["cache-control"] == "no-store"


async def test_each_end_has_its_word_and_its_moment(client, clock):
    approved, canceled, locked = [await new_id(client, purpose=f"p{n}") for n in range(3)]
    expired = await new_id(client, OTHER_PHONE)
    await check(client, approved)
    await client.delete(f"/v1/verifications/{canceled}")
    for _ in range(5):
        await check(client, locked, WRONG)
    clock.tick(seconds=300)

    ends = {id: (await look(client, id)).json() for id in (approved, canceled, locked, expired)}

    assert [end["status"] for end in ends.values()] == ["approved", "canceled", "locked", "expired"]
    assert all(MOMENT.match(end["ended_at"]) for end in ends.values())
    assert ends[expired]["ended_at"] == ends[expired]["expires_at"]


async def test_an_approval_cancels_the_others_of_its_number_app_and_purpose(client):
    first, second, other = await new_id(client), await new_id(client), await new_id(client, purpose="pay")

    await check(client, second)

    assert [(await look(client, id)).json()["status"] for id in (first, other)] == ["canceled", "pending"]


async def test_what_is_kept_after_the_end_goes_with_time(run_service, clock):
    async with run_service(keep=3600) as service:
        id = await new_id(service.client)
        clock.tick(seconds=300)

        assert (await look(service.client, id)).json()["status"] == "expired"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_only_a_backend_may_look_or_cancel(client, method):
    id = await new_id(client, key="pk_dev")

    answer = await client.request(method, f"/v1/verifications/{id}", headers=bearer("pk_dev"))

    problem_of(answer, 403, "forbidden")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_another_apps_verification_is_like_one_that_never_was(client, method):
    id = await new_id(client)

    others = await client.request(method, f"/v1/verifications/{id}", headers=bearer("sk_shop"))
    nobodys = await client.request(method, "/v1/verifications/vf_nobodys")

    said = [problem_of(answer, 404, "no_pending_verification") for answer in (others, nobodys)]
    assert said[0] | {"instance": ""} == said[1] | {"instance": ""}


async def test_a_canceled_verification_answers_nothing_more(client):
    id = await new_id(client)

    answer = await client.delete(f"/v1/verifications/{id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["cache-control"] == "no-store"
    problem_of(await check(client, id), 404, "no_pending_verification")
    problem_of(await client.delete(f"/v1/verifications/{id}"), 404, "no_pending_verification")


async def test_what_ended_cannot_be_canceled(client, clock):
    used, expired = await new_id(client), await new_id(client, purpose="pay")
    await check(client, used)
    clock.tick(seconds=300)

    for id in (used, expired):
        problem_of(await client.delete(f"/v1/verifications/{id}"), 404, "no_pending_verification")
