"""Send a code and validate it: answers, the three rules of this facade, and what counts."""

import asyncio
import re

import pytest

from app.services.admin import block_number
from tests.support.api_calls import CODE, WRONG_CODE
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.camara_facade import (
    API,
    CORRELATOR,
    OTHER_SECRET,
    apps_json,
    assert_error,
    bearer,
    send_code,
    validate_code,
)

UNKNOWN = "vf_AAAAAAAAAAAAAAAAAAAAAA"
INVALID, EXPIRED, FAILED = (
    f"ONE_TIME_PASSWORD_SMS.{word}" for word in ("INVALID_OTP", "VERIFICATION_EXPIRED", "VERIFICATION_FAILED")
)


@pytest.fixture
async def sent(client):
    """The id of a code that was sent to the test number."""
    return (await send_code(client, PHONE)).json()["authenticationId"]


async def test_a_sent_code_has_an_id_of_at_most_36_characters(client):
    response = await send_code(client, PHONE)

    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.headers["x-correlator"] == CORRELATOR
    assert list(response.json()) == ["authenticationId"]
    assert re.fullmatch(r"vf_[\w-]{22}", response.json()["authenticationId"])


async def test_a_right_code_is_204_with_the_proof_in_a_header(service, sent):
    response = await validate_code(service.client, sent, CODE)

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["x-correlator"] == CORRELATOR
    claims = await service.container.redeem_proof.introspect(
        response.headers["otp-proof"], service.container.apps["shop"]
    )
    assert (claims["sub"], claims["purpose"], claims["verification_id"]) == (PHONE, "login", sent)


async def test_five_wrong_codes_are_invalid_and_the_sixth_has_failed(client, sent):
    for _ in range(5):
        assert_error(await validate_code(client, sent, WRONG_CODE), 400, INVALID)

    for code in (WRONG_CODE, CODE, "A1B2"):
        assert_error(await validate_code(client, sent, code), 400, FAILED)


async def test_a_code_of_another_form_is_invalid_and_costs_no_attempt(client, sent):
    for code in ("AJY3", "0", "04213", "0421377"):
        assert_error(await validate_code(client, sent, code), 400, INVALID)

    assert (await validate_code(client, sent, CODE)).status_code == 204


async def test_a_used_code_has_expired(client, sent):
    await validate_code(client, sent, CODE)

    for code in (CODE, WRONG_CODE, "A1B2"):
        assert_error(await validate_code(client, sent, code), 400, EXPIRED)


async def test_a_code_expires_after_its_lifetime(client, sent, clock):
    clock.tick(seconds=300)

    assert_error(await validate_code(client, sent, CODE), 400, EXPIRED)


async def test_a_newer_send_ends_the_older_one(client, sent, clock):
    clock.tick(ms=1)
    newer = (await send_code(client, PHONE)).json()["authenticationId"]

    assert_error(await validate_code(client, sent, CODE), 400, EXPIRED)
    assert (await validate_code(client, newer, CODE)).status_code == 204


async def test_of_simultaneous_sends_one_stays(client):
    answers = await asyncio.gather(*(send_code(client, PHONE) for _ in range(3)))

    ids = [answer.json()["authenticationId"] for answer in answers]
    outcomes = [(await validate_code(client, id, CODE)).status_code for id in ids]
    assert sorted(outcomes) == [204, 400, 400]


async def test_a_refused_send_ends_nothing(run_service):
    async with run_service(apps=apps_json(), limit_sends_per_number="1/h") as service:
        service.client.headers.update(await bearer(service.client))
        service.client.headers["x-correlator"] = CORRELATOR
        sent = (await send_code(service.client, OTHER_PHONE)).json()["authenticationId"]

        refused = await send_code(service.client, OTHER_PHONE)

        assert_error(refused, 403, "ONE_TIME_PASSWORD_SMS.MAX_OTP_CODES_EXCEEDED")
        assert int(refused.headers["retry-after"]) > 0
        assert_error(await validate_code(service.client, sent, "A1B2"), 400, INVALID)  # it is pending


async def test_a_newer_send_leaves_other_numbers_and_the_api_of_ours_alone(service, sent):
    """A verification of another purpose stays; so do those of the other app."""
    headers = {"Authorization": "Bearer sk_shop"}
    body = {"phone_number": PHONE, "purpose": "signup"}
    other = (await service.client.post("/v1/request-code", json=body, headers=headers)).json()
    await send_code(service.client, OTHER_PHONE)

    await send_code(service.client, PHONE)

    kept = await service.client.get(f"/v1/verifications/{other['verification_id']}", headers=headers)
    assert kept.json()["status"] == "pending"


@pytest.mark.parametrize("id", [UNKNOWN, "ea0840f3-3663-4149-bd10-c7c6b8912105", "vf_", "*", "vf_:x"])
async def test_an_unknown_id_is_not_found(client, id):
    for code in (CODE, "A1B2"):
        assert_error(await validate_code(client, id, code), 404, "NOT_FOUND")


async def test_the_id_of_another_client_is_not_found(client, sent):
    await validate_code(client, sent, CODE)
    other = await bearer(client, "bank", OTHER_SECRET)

    assert_error(await validate_code(client, sent, CODE, headers=other), 404, "NOT_FOUND")


async def test_an_id_of_another_purpose_is_not_found(service):
    headers = {"Authorization": "Bearer sk_shop"}
    body = {"phone_number": PHONE, "purpose": "signup"}
    id = (await service.client.post("/v1/request-code", json=body, headers=headers)).json()["verification_id"]

    for code in (CODE, "A1B2"):
        assert_error(await validate_code(service.client, id, code), 404, "NOT_FOUND")


@pytest.mark.parametrize("number", ["+31201234567", "+319001234567"])
async def test_a_number_that_gets_no_sms_is_not_allowed(client, number):
    assert_error(await send_code(client, number), 403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED")


@pytest.mark.parametrize("number", ["3301", "+3301", "+316", "0612345678", "+31 612345678", "+0612345678", "", None, 1])
async def test_what_is_no_number_is_an_invalid_argument(client, number):
    assert_error(await send_code(client, number), 400, "INVALID_ARGUMENT")


async def test_a_blocked_number_is_blocked(service):
    container = service.container
    await block_number(OTHER_PHONE, encryption=container.store.encryption, numbers=container.numbers)

    assert_error(await send_code(service.client, OTHER_PHONE), 403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_BLOCKED")


async def test_a_closed_country_is_not_allowed(run_service):
    async with run_service(apps=apps_json(countries=["BE"])) as service:
        service.client.headers.update(await bearer(service.client))
        service.client.headers["x-correlator"] = CORRELATOR
        response = await send_code(service.client, OTHER_PHONE)

    assert_error(response, 403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED")


async def test_unknown_fields_and_other_json_are_invalid_arguments(client, sent):
    bodies = [
        b"",
        b"{}",
        b'{"\\ud800": 1}',
        b"[]",
        b"null",
        b"{",
        b'{"authenticationId": "a", "code": "1", "code": "2"}',
    ]
    bodies += [b'{"authenticationId": "", "code": "1"}', b'{"authenticationId": "a", "code": ""}']
    bodies.append(b'{"authenticationId": "a", "code": "1", "more": "2"}')
    headers = {"Content-Type": "application/json"}
    for operation in ("send-code", "validate-code"):
        for body in bodies:
            response = await client.post(f"{API}/{operation}", content=body, headers=headers)
            assert_error(response, 400, "INVALID_ARGUMENT")
