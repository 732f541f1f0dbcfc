"""Somebody wants to use up the SMS of a number that is not theirs, so that its owner cannot log in."""

import pytest

from tests.support.api_calls import WRONG, problem_of
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, id_of, kept

STRANGERS = 10


@pytest.fixture
async def known(sending, inbox, clock):
    """The owner of a number, known by a device token from an approval a day ago."""
    owner = Browser(sending.client, "203.0.113.1")
    id = id_of(await owner.ask(OTHER_PHONE))
    approved = await owner.check(id, await inbox.code_to(OTHER_PHONE))
    clock.tick(seconds=86_400)
    owner.token = approved.json()["device_token"]
    return owner


async def flood(service, *, key="pk_dev"):
    """Ask ten times for a number of somebody else's."""
    strangers = [Browser(service.client, f"198.51.100.{n}", key=key) for n in range(STRANGERS)]
    return [await stranger.ask(OTHER_PHONE) for stranger in strangers]


async def test_a_strangers_ten_requests_leave_the_owner_a_share(sending, known):
    answers = await flood(sending)
    assert [answer.status_code for answer in answers] == [202] * 3 + [429] * 7

    problem_of(await known.ask(OTHER_PHONE), 429, "rate_limited")
    assert (await known.ask(OTHER_PHONE, device_token=known.token)).status_code == 202


async def test_the_owners_share_is_a_limit_too(sending, known):
    """Whoever steals a device's token floods its owner no more than a stranger can."""
    await flood(sending)

    answers = [await known.ask(OTHER_PHONE, device_token=known.token) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]


async def test_the_owner_does_not_use_up_the_strangers_share(sending, known):
    """Whoever has no token yet, on a new phone say, must not wait for the old one."""
    for _ in range(3):
        id_of(await known.ask(OTHER_PHONE, device_token=known.token))

    assert (await Browser(sending.client, "198.51.100.1").ask(OTHER_PHONE)).status_code == 202


async def test_the_owner_does_not_wait_for_a_strangers_wrong_guesses(sending, known, inbox):
    stranger = Browser(sending.client, "198.51.100.1", key="sk_dev")
    ids = [id_of(await stranger.ask(OTHER_PHONE)) for _ in range(2)]
    for n, id in enumerate(id for id in ids for _ in range(5)):
        problem_of(await Browser(sending.client, f"198.51.100.{n}").check(id, WRONG), 400, "incorrect_code")
    problem_of(await Browser(sending.client).ask(OTHER_PHONE), 429, "too_many_attempts")

    id = id_of(await known.ask(OTHER_PHONE, device_token=known.token))

    assert (await known.check(id, await inbox.code_to(OTHER_PHONE, count=4))).status_code == 200


@pytest.mark.parametrize("change", ["number", "app", "letter", "day", "junk", "empty"])
async def test_a_token_is_worth_nothing_elsewhere(sending, known, change):
    """Nor is it an error: whoever asks without one is a person too."""
    token, number, key = known.token, OTHER_PHONE, "pk_dev"
    match change:
        case "number":
            number = "+31611223344"
        case "app":
            key = "pk_shop"
        case "letter":
            token = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
        case "day":
            prefix, day, said = token.split("_", 2)
            token = f"{prefix}_{int(day) + 1}_{said}"
        case "junk":
            token = "dt_1_x"
        case "empty":
            token = ""
    browser = Browser(sending.client, "198.51.100.9", key=key)

    answers = [await browser.ask(number, device_token=token) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    problem_of(await Browser(sending.client, key=key).ask(number), 429, "rate_limited")


async def test_nothing_of_a_token_is_kept(sending, known):
    id_of(await known.ask(OTHER_PHONE, device_token=known.token))

    said = str(await kept(sending))

    assert known.token not in said
    assert known.token.rpartition("_")[2] not in said


async def test_a_token_tells_neither_number_nor_code(known):
    assert not {PHONE[1:], OTHER_PHONE[1:], OTHER_PHONE[3:]} & {
        known.token[start : start + size] for size in (9, 11) for start in range(len(known.token))
    }
