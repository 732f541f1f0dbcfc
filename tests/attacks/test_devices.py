"""An attacker spends the SMS limit of a number so that its owner cannot log in; device tokens protect the owner."""

import pytest

from tests.support.api_calls import WRONG_CODE, assert_problem
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, stored_state, verification_id_of

STRANGERS = 10


@pytest.fixture
async def known(sending, inbox, clock):
    """The owner of a number, with a device token from an approval a day ago."""
    owner = Browser(sending.client, "203.0.113.1")
    id = verification_id_of(await owner.request_code(OTHER_PHONE))
    approved = await owner.verify_code(id, await inbox.code_to(OTHER_PHONE))
    clock.tick(seconds=86_400)
    owner.token = approved.json()["device_token"]
    return owner


async def flood(service, *, key="pk_dev"):
    """Request ten codes for the owner's number from different addresses."""
    strangers = [Browser(service.client, f"198.51.100.{n}", key=key) for n in range(STRANGERS)]
    return [await stranger.request_code(OTHER_PHONE) for stranger in strangers]


async def test_ten_requests_of_strangers_leave_the_known_device_its_own_limit(sending, known):
    answers = await flood(sending)
    assert [answer.status_code for answer in answers] == [202] * 3 + [429] * 7

    assert_problem(await known.request_code(OTHER_PHONE), 429, "rate_limited")
    assert (await known.request_code(OTHER_PHONE, device_token=known.token)).status_code == 202


async def test_known_device_has_its_own_send_limit(sending, known):
    """A stolen device token allows two SMS to its owner; then its trust is spent, and it is a stranger's."""
    await flood(sending)

    answers = [await known.request_code(OTHER_PHONE, device_token=known.token) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [202, 202, 429, 429]


async def test_known_device_does_not_spend_the_limit_of_unknown_devices(sending, known):
    """A caller without a token, for example on a new phone, must not wait for the old one."""
    for _ in range(2):
        verification_id_of(await known.request_code(OTHER_PHONE, device_token=known.token))

    answers = await flood(sending)
    assert [answer.status_code for answer in answers] == [202] * 3 + [429] * 7


async def test_known_device_does_not_wait_after_wrong_guesses_of_a_stranger(sending, known, inbox):
    stranger = Browser(sending.client, "198.51.100.1", key="sk_dev")
    ids = [verification_id_of(await stranger.request_code(OTHER_PHONE)) for _ in range(2)]
    for n, id in enumerate(id for id in ids for _ in range(5)):
        assert_problem(
            await Browser(sending.client, f"198.51.100.{n}").verify_code(id, WRONG_CODE), 400, "incorrect_code"
        )
    assert_problem(await Browser(sending.client).request_code(OTHER_PHONE), 429, "too_many_attempts")

    id = verification_id_of(await known.request_code(OTHER_PHONE, device_token=known.token))

    assert (await known.verify_code(id, await inbox.code_to(OTHER_PHONE, count=4))).status_code == 200


@pytest.mark.parametrize("change", ["number", "app", "letter", "day", "junk", "empty"])
async def test_device_token_is_ignored_for_another_number_app_or_when_altered(sending, known, change):
    """It is not an error either: the request counts like one without a token."""
    token, number, key = known.token, OTHER_PHONE, "pk_dev"
    match change:
        case "number":
            number = "+31611223344"
        case "app":
            key = "pk_shop"
        case "letter":
            token = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
        case "day":
            prefix, day, tag = token.split("_", 2)
            token = f"{prefix}_{int(day) + 1}_{tag}"
        case "junk":
            token = "dt_1_x"
        case "empty":
            token = ""
    browser = Browser(sending.client, "198.51.100.9", key=key)

    answers = [await browser.request_code(number, device_token=token) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert_problem(await Browser(sending.client, key=key).request_code(number), 429, "rate_limited")


async def test_device_token_is_not_stored(sending, known):
    verification_id_of(await known.request_code(OTHER_PHONE, device_token=known.token))

    stored = str(await stored_state(sending))

    assert known.token not in stored
    assert known.token.rpartition("_")[2] not in stored


async def test_device_token_contains_no_phone_number(known):
    assert not {PHONE[1:], OTHER_PHONE[1:], OTHER_PHONE[3:]} & {
        known.token[start : start + size] for size in (9, 11) for start in range(len(known.token))
    }
