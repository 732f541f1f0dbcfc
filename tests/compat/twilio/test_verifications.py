"""The operations on verifications: fields, statuses, and what counts."""

import asyncio
from datetime import date

import pytest

from app.domain.number_search import NumberSearch
from tests.support.api_calls import CODE, WRONG_CODE
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.twilio_facade import (
    ACCOUNT,
    SERVICE,
    SERVICES,
    SIGNUP,
    TIME,
    assert_error,
    check,
    fetch,
    start,
    update,
)

VERIFICATION_FIELDS = [
    *("sid", "service_sid", "account_sid", "to", "channel", "date_created", "date_updated", "status", "valid"),
    *("lookup", "amount", "payee", "send_code_attempts", "sna", "url"),
]
CHECK_FIELDS = [
    *("sid", "service_sid", "account_sid", "to", "channel", "date_created", "date_updated", "status", "valid"),
    *("amount", "payee", "sna_attempts_error_codes"),
]


async def started(client, to=PHONE, **more):
    """Start a verification; return the body."""
    response = await start(client, to, **more)
    assert response.status_code == 201, response.text
    return response.json()


async def test_start_answers_twilios_fields(client):
    response = await start(client)

    body = response.json()
    assert (response.status_code, response.headers["content-type"]) == (201, "application/json")
    assert list(body) == VERIFICATION_FIELDS
    assert (body["service_sid"], body["account_sid"], body["to"]) == (SERVICE, ACCOUNT, PHONE)
    assert (body["channel"], body["status"], body["valid"]) == ("sms", "pending", False)
    assert body["url"] == f"http://127.0.0.1:8000{SERVICES}/{SERVICE}/Verifications/{body['sid']}"
    (attempt,) = body["send_code_attempts"]
    assert (attempt["channel"], attempt["attempt_sid"][:2], len(attempt["attempt_sid"])) == ("SMS", "VL", 34)
    assert all(TIME.fullmatch(at) for at in (body["date_created"], body["date_updated"], attempt["time"]))


async def test_a_right_code_is_approved_with_a_proof_in_a_header(service):
    sid = (await started(service.client))["sid"]

    response = await check(service.client, CODE)

    body = response.json()
    assert (response.status_code, list(body)) == (200, CHECK_FIELDS)
    assert (body["sid"], body["to"], body["status"], body["valid"]) == (sid, PHONE, "approved", True)
    claims = await service.container.redeem_proof.introspect(
        response.headers["otp-proof"], service.container.apps["shop"]
    )
    assert (claims["sub"], claims["purpose"]) == (PHONE, "login")


async def test_a_start_while_one_is_pending_resends_it(service, clock):
    """Same sid, same code, one more attempt; a new SMS."""
    first = await started(service.client, OTHER_PHONE)
    clock.tick(seconds=31)

    again = await started(service.client, OTHER_PHONE)

    assert (again["sid"], again["date_created"]) == (first["sid"], first["date_created"])
    assert [one["attempt_sid"] for one in again["send_code_attempts"]][:1] == [
        one["attempt_sid"] for one in first["send_code_attempts"]
    ]
    assert len(again["send_code_attempts"]) == 2
    assert again["date_updated"] > first["date_updated"]


async def test_a_start_within_the_cooldown_says_when_to_come_back(client, clock):
    await started(client)
    clock.tick(seconds=10)

    response = await start(client)

    assert_error(response, 429, 20429)
    assert response.headers["retry-after"] == "20"
    assert response.headers["twilio-reached-rate-limit"] == "resend_cooldown"


async def test_simultaneous_starts_send_one_sms(service):
    """A double click: both look for a pending verification before either has made one."""
    answers = await asyncio.gather(*(start(service.client, OTHER_PHONE) for _ in range(5)))

    made = {response.json()["sid"] for response in answers if response.status_code == 201}
    found = await fetch(service.client, OTHER_PHONE)
    assert len(made) == 1
    assert {response.status_code for response in answers} <= {201, 429}
    assert len(found.json()["send_code_attempts"]) == 1
    (answer,) = [key async for key in service.redis.scan_iter(f"{service.tag}:idempotency:*")]
    assert 0 < await service.redis.pttl(answer) <= 60_000


async def test_a_start_after_the_end_is_a_new_verification(client, clock):
    first = await started(client)
    await check(client, CODE)
    clock.tick(seconds=1)
    second = await started(client)
    clock.tick(seconds=300)
    third = await started(client)

    assert len({body["sid"] for body in (first, second, third)}) == 3
    assert [len(body["send_code_attempts"]) for body in (first, second, third)] == [1, 1, 1]


async def test_a_start_right_after_a_cancel_is_a_new_verification(client):
    first = await started(client, OTHER_PHONE)
    await update(client, OTHER_PHONE, Status="canceled")

    second = await started(client, OTHER_PHONE)

    assert second["sid"] != first["sid"]
    assert (await fetch(client, OTHER_PHONE)).json()["sid"] == second["sid"]


async def test_purposes_are_services_and_share_nothing(client):
    """One service of an app never sees, resends or checks the verifications of another."""
    login = await started(client)
    signup = await started(client, service=SIGNUP)

    assert login["sid"] != signup["sid"]
    assert_error(await fetch(client, login["sid"], service=SIGNUP), 404, 20404)
    assert_error(await check(client, CODE, service=SIGNUP, VerificationSid=login["sid"]), 404, 20404)
    assert_error(await update(client, login["sid"], service=SIGNUP, Status="canceled"), 404, 20404)
    assert (await check(client, CODE)).json()["sid"] == login["sid"]
    assert (await fetch(client, PHONE, service=SIGNUP)).json()["sid"] == signup["sid"]


@pytest.mark.parametrize("target", ["number", "sid", "sid as number"])
async def test_a_wrong_code_is_pending_and_counted(service, target):
    sid = (await started(service.client))["sid"]
    named = {"number": {"To": PHONE}, "sid": {"VerificationSid": sid}, "sid as number": {"To": sid}}[target]

    response = await check(service.client, WRONG_CODE, **named)

    body = response.json()
    assert (response.status_code, body["sid"], body["status"], body["valid"]) == (200, sid, "pending", False)
    assert "otp-proof" not in response.headers
    assert await attempts_left(service) == 4


@pytest.mark.parametrize("code", ["0421", "04213", "0421377", "0421370000", "04213a", "abcdef"])
async def test_a_code_of_another_form_is_wrong_and_costs_nothing(service, code):
    await started(service.client)

    response = await check(service.client, code)

    assert (response.status_code, response.json()["status"], response.json()["valid"]) == (200, "pending", False)
    assert await attempts_left(service) == 5


async def test_the_sixth_check_is_refused(service):
    sid = (await started(service.client))["sid"]

    wrong = [await check(service.client, WRONG_CODE) for _ in range(5)]

    assert {(one.status_code, one.json()["status"]) for one in wrong} == {(200, "pending")}
    for target in ({}, {"VerificationSid": sid}):
        for code in (CODE, WRONG_CODE, "0421"):
            error = assert_error(await check(service.client, code, **target), 429, 60202)
            assert error["message"] == "Max check attempts reached"
    assert (await fetch(service.client, sid)).json()["status"] == "max_attempts_reached"
    assert (await fetch(service.client, PHONE)).json()["status"] == "max_attempts_reached"


async def test_a_verification_without_checks_is_gone_when_it_has_expired(client, clock):
    sid = (await started(client))["sid"]
    for _ in range(5):
        await check(client, WRONG_CODE)
    clock.tick(seconds=300)

    assert_error(await check(client, CODE), 404, 20404)
    assert_error(await fetch(client, sid), 404, 20404)


async def test_a_start_without_checks_is_a_new_verification(client):
    """Twilio's waits until the old one has expired."""
    sid = (await started(client))["sid"]
    for _ in range(5):
        await check(client, WRONG_CODE)

    again = await started(client)

    assert again["sid"] != sid
    assert (await check(client, CODE)).json()["sid"] == again["sid"]


async def test_a_number_that_is_locked_waits(service, clock):
    """A new verification waits; a check of one that is pending does not."""
    await started(service.client)
    key = service.container.store.key
    for number in (PHONE, OTHER_PHONE):
        name = service.container.store.encryption.name_number(number)
        locked = {"failures": 100, "locked_until": clock() + 60_000}
        await service.redis.hset(key("number", "shop", name), mapping=locked)

    refused = await start(service.client, OTHER_PHONE)

    assert_error(refused, 429, 20429)
    assert refused.headers["retry-after"] == "60"
    assert (await check(service.client, CODE)).json()["status"] == "approved"


async def test_after_an_approval_nothing_is_found(client):
    sid = (await started(client))["sid"]
    await check(client, CODE)

    for response in (
        await check(client, CODE),
        await check(client, CODE, VerificationSid=sid),
        await fetch(client, sid),
        await fetch(client, PHONE),
        await update(client, sid, Status="canceled"),
        await update(client, PHONE, Status="canceled"),
    ):
        assert_error(response, 404, 20404)


async def test_an_expired_verification_is_not_found(client, clock):
    sid = (await started(client))["sid"]
    clock.tick(seconds=300)

    assert_error(await check(client, CODE), 404, 20404)
    assert_error(await fetch(client, sid), 404, 20404)


@pytest.mark.parametrize("by", ["sid", "number"])
async def test_fetch_shows_what_start_answered(client, by):
    body = await started(client)

    response = await fetch(client, body["sid"] if by == "sid" else PHONE)

    assert (response.status_code, response.json()) == (200, body)


@pytest.mark.parametrize("by", ["sid", "number"])
async def test_a_cancel_ends_it(client, by):
    body = await started(client)
    target = body["sid"] if by == "sid" else PHONE

    response = await update(client, target, Status="canceled")

    assert response.status_code == 200
    assert list(response.json()) == VERIFICATION_FIELDS
    assert (response.json()["sid"], response.json()["status"], response.json()["valid"]) == (
        body["sid"],
        "canceled",
        False,
    )
    assert_error(await check(client, CODE), 404, 20404)
    assert_error(await update(client, target, Status="canceled"), 404, 20404)


@pytest.mark.parametrize("status", ["approved", "pending", "", "Canceled"])
async def test_an_update_only_cancels(client, status):
    """`approved` would be the caller's word: there would be nothing to prove."""
    sid = (await started(client))["sid"]

    assert_error(await update(client, sid, Status=status), 400, 60200)
    assert (await fetch(client, sid)).json()["status"] == "pending"


@pytest.mark.parametrize(
    "target", ["VE" + "0" * 32, "VE123", "vf_AAAAAAAAAAAAAAAAAAAAAA", "+31", PHONE, "%00", "x" * 500]
)
async def test_unknown_targets_are_not_found(client, target):
    assert_error(await fetch(client, target), 404, 20404)
    assert_error(await update(client, target, Status="canceled"), 404, 20404)


async def test_sends_of_a_verification_end_with_60203(client, clock):
    """Twilio's code for too many sends, whichever limit of ours is spent: the verification's or the number's."""
    await started(client)
    for seconds in (31, 61):
        clock.tick(seconds=seconds)
        await started(client)
    clock.tick(seconds=121)

    response = await start(client)

    assert assert_error(response, 429, 60203)["message"] == "Max send attempts reached"
    assert int(response.headers["retry-after"]) > 0


async def test_sends_of_a_number_end_with_60203(client, clock):
    for _ in range(3):
        await started(client, OTHER_PHONE)
        await update(client, OTHER_PHONE, Status="canceled")
        clock.tick(seconds=1)

    assert_error(await start(client, OTHER_PHONE), 429, 60203)


async def attempts_left(service):
    """Return the attempts that are left of the newest verification of the test number."""
    found = await service.container.search_verifications(
        NumberSearch(service.container.apps["shop"], PHONE, None, date(2026, 1, 1))
    )
    return found.verifications[0].attempts_left
