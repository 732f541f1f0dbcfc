"""`POST /v1/verifications/search`."""

import json

import pytest

from tests.api.test_verifications import FIELDS
from tests.support.api_calls import (
    TIMESTAMP,
    assert_problem,
    bearer,
    error_pointers,
    new_verification_id,
    post_request_code,
    post_verify_code,
)
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import stored_state


async def search(client, number=OTHER_PHONE, *, key=None, **more):
    return await client.post("/v1/verifications/search", json={"phone_number": number, **more}, headers=bearer(key))


async def test_answer_has_exactly_the_documented_fields(service):
    id = await new_verification_id(service.client, OTHER_PHONE, reference="cart-77")

    response = await search(service.client)

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    verification = (await service.client.get(f"/v1/verifications/{id}")).json()
    (found,) = response.json()["verifications"]
    verification["sends"] = found["sends"]  # whose SMS a worker may have sent since
    assert response.json() == {
        "phone_number": OTHER_PHONE,
        "verifications": [verification],
        "messages": [],
        "blockers": [],
        "log_name": service.container.keyring.log_name(OTHER_PHONE),
    }
    assert list(response.json()["verifications"][0]) == FIELDS


async def test_blockers_are_what_a_request_is_refused_for(client, clock):
    for _ in range(3):
        await post_request_code(client, OTHER_PHONE)
    refused = assert_problem(await post_request_code(client, OTHER_PHONE), 429, "rate_limited")
    clock.tick(ms=1)

    (blocker,) = (await search(client)).json()["blockers"]

    assert list(blocker) == ["kind", "limit", "until", "sender", "since"]
    assert (blocker["kind"], blocker["limit"]) == ("limit", refused["limit"])
    assert TIMESTAMP.match(blocker["until"])


async def test_limit_is_over_at_the_time_that_the_answer_names(client, clock):
    """It is rounded up to a whole second."""
    for _ in range(3):
        await post_request_code(client, OTHER_PHONE)
    clock.tick(seconds=600, ms=-1)

    (blocker,) = (await search(client)).json()["blockers"]

    assert blocker["until"].endswith("Z")
    clock.tick(ms=1000)
    assert (await search(client)).json()["blockers"] == []


async def test_closed_country_and_block_have_no_end(run_service):
    async with run_service(countries="DE") as service:
        await service.container.numbers.block(service.container.store.encryption.name_number(OTHER_PHONE))

        blockers = (await search(service.client)).json()["blockers"]

    assert blockers == [
        {"kind": "country", "limit": None, "until": None, "sender": None, "since": None},
        {"kind": "block", "limit": None, "until": None, "sender": None, "since": None},
    ]


async def test_newest_verification_comes_first_with_its_end(client, clock):
    first = await new_verification_id(client, PHONE)
    clock.tick(seconds=1)
    second = await new_verification_id(client, PHONE)
    await post_verify_code(client, first)

    found = (await search(client, PHONE)).json()["verifications"]

    assert [(one["verification_id"], one["status"]) for one in found] == [(second, "canceled"), (first, "approved")]


async def test_country_is_that_of_a_national_number(client):
    id = await new_verification_id(client, OTHER_PHONE)

    found = (await search(client, "06 87654321", country="nl")).json()

    assert found["phone_number"] == OTHER_PHONE
    assert [one["verification_id"] for one in found["verifications"]] == [id]


async def test_search_of_another_app_finds_nothing(client):
    await new_verification_id(client, OTHER_PHONE)

    assert (await search(client, key="sk_shop")).json()["verifications"] == []


async def test_publishable_key_may_not_search(client):
    assert_problem(await search(client, key="pk_dev"), 403, "forbidden")
    assert_problem(await search(client, key="unknown"), 401, "unauthorized")


@pytest.mark.parametrize("number", ["+31201234567", "0612345678", "hello"])
async def test_wrong_number_is_refused_as_in_a_request(client, number):
    refused, requested = await search(client, number), await post_request_code(client, number)

    assert error_pointers(refused, "invalid_phone_number") == ["/phone_number"]
    assert refused.json() | {"instance": ""} == requested.json() | {"instance": ""}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/phone_number"),
        ({"phone_number": PHONE, "purpose": "login"}, "/purpose"),
        ({"phone_number": 31612345678}, "/phone_number"),
        ({"phone_number": PHONE, "country": "ZZ"}, "/country"),
    ],
)
async def test_mistake_in_the_body_is_named(client, body, pointer):
    assert error_pointers(await client.post("/v1/verifications/search", json=body)) == [pointer]


async def test_a_search_spends_and_stores_nothing(service):
    await new_verification_id(service.client, PHONE)
    before = await stored_state(service)

    for _ in range(20):
        assert (await search(service.client, PHONE)).status_code == 200
        assert (await search(service.client, "+31611111111")).status_code == 200

    assert await stored_state(service) == before


async def test_path_allows_post_only(client):
    refused = await client.put("/v1/verifications/search")

    assert_problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "POST"
    assert (await client.put("/v1/verifications/vf_x")).headers["allow"] == "GET, DELETE"


async def test_other_methods_on_the_path_find_no_verification_of_that_name(client):
    for method in ("GET", "DELETE"):
        assert_problem(await client.request(method, "/v1/verifications/search"), 404, "no_pending_verification")


async def test_whole_number_is_not_in_the_log(client, logged_lines):
    await search(client)

    lines = [json.loads(line) for line in logged_lines.getvalue().splitlines()]
    assert [line["route"] for line in lines if line["event"] == "request"] == ["/v1/verifications/search"]
    assert OTHER_PHONE[3:] not in logged_lines.getvalue().decode()
