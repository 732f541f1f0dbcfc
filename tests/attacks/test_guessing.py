"""An attacker guesses one code for many numbers: of ten thousand numbers, one matches by chance."""

import pytest

from tests.support.actions import code_of, wrong_code
from tests.support.api_calls import (
    WRONG_CODE,
    assert_problem,
    new_verification_id,
    post_request_code,
    post_resend_code,
    post_verify_code,
)
from tests.support.builders import OTHER_PHONE
from tests.support.callers import Browser, count_statuses, stored_state, verification_id_of
from tests.support.stores import on_the_engine

ALARM = 200  # checks in ten minutes, over 35 % wrong; only the first test that raises the alarm runs on both stores


def number(n):
    return f"+3161{n:07d}"


async def guess(client, n, *, address, key="sk_dev"):
    """Request a code for number `n` and check a wrong code, which is correct by chance once in a million."""
    browser = Browser(client, address, key=key)
    return await browser.verify_code(verification_id_of(await browser.request_code(number(n))), WRONG_CODE)


def distinct_address(n):
    """Return a different address of a different site for each guess."""
    return f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}"


@pytest.fixture
async def service_under_attack(run_service):
    """The service after 200 wrong guesses for 200 numbers from 200 addresses, which raise the alarm."""
    async with run_service() as service:
        answers = [await guess(service.client, n, address=distinct_address(n), key="pk_dev") for n in range(ALARM)]
        assert count_statuses(answers)[400, "incorrect_code"] >= ALARM - 2, (
            "except for guesses that are correct by chance"
        )
        yield service


async def test_one_address_may_make_thirty_wrong_guesses_at_verifications_of_others(run_service):
    """Over 10,000 numbers the chance of a match is 30 in a million instead of 1 in 100."""
    async with run_service(failure_watch="false") as service:
        ids = [await new_verification_id(service.client, number(n)) for n in range(41)]
        guesser = Browser(service.client, "198.51.100.1", key="sk_dev")
        answers = [await guesser.verify_code(id, WRONG_CODE) for id in ids[:40]]
        elsewhere = await Browser(service.client, "198.51.100.2").verify_code(ids[40], WRONG_CODE)

    assert count_statuses(answers) == {(400, "incorrect_code"): 30, (429, "rate_limited"): 10}
    assert assert_problem(answers[-1], 429, "rate_limited")["limit"] == "checks_per_address"
    assert_problem(elsewhere, 400, "incorrect_code")


async def test_refused_guess_does_not_count_against_the_number(run_service):
    """Otherwise an address over its limit could still lock out its victims."""
    async with run_service(limit_checks_per_address="1/10min", failure_watch="false") as service:
        stranger, id = Browser(service.client, "198.51.100.1"), await new_verification_id(service.client)
        await stranger.verify_code(await new_verification_id(service.client), WRONG_CODE)
        before = await stored_state(service)

        for _ in range(20):
            assert_problem(await stranger.verify_code(id, WRONG_CODE), 429, "rate_limited")
            assert_problem(await stranger.verify_code(id), 429, "rate_limited")

        assert await stored_state(service) == before
        assert (await post_verify_code(service.client, id)).status_code == 200


async def test_distributed_guesses_reduce_new_codes_to_three_attempts(service_under_attack):
    """Each address and each number looks harmless; together they do not."""
    body = (await Browser(service_under_attack.client, "203.0.113.1").request_code()).json()

    assert body["attempts_left"] == 3


@on_the_engine
async def test_new_codes_have_five_attempts_below_the_alarm_threshold(run_service):
    async with run_service() as service:
        for n in range(ALARM - 1):
            await guess(service.client, n, address=distinct_address(n))

        assert (await Browser(service.client).request_code()).json()["attempts_left"] == 5


@on_the_engine
async def test_alarm_refuses_no_address(service_under_attack):
    """Neither who mistypes nor a neighbour behind the same address is refused a right code."""
    neighbour = Browser(service_under_attack.client, "203.0.113.1", key="sk_dev")
    ids = [await new_verification_id(service_under_attack.client, number(9_000 + n)) for n in range(6)]
    for id in ids[:5]:
        assert_problem(await neighbour.verify_code(id, WRONG_CODE), 400, "incorrect_code")

    code = await code_of(service_under_attack.container, ids[5])
    assert (await neighbour.verify_code(ids[5], code)).status_code == 200


@on_the_engine
async def test_alarm_does_not_refuse_a_user_who_mistypes_twice(service_under_attack):
    """A user who mistypes twice is approved on the third attempt."""
    user = Browser(service_under_attack.client, "203.0.113.1")
    id = verification_id_of(await user.request_code())

    for _ in range(2):
        assert_problem(await user.verify_code(id, WRONG_CODE), 400, "incorrect_code")
    assert (await user.verify_code(id)).status_code == 200


@on_the_engine
async def test_alarm_ends_with_the_wrong_guesses(service_under_attack, clock):
    """The first check below the threshold ends it; otherwise it ends ten minutes after the last."""
    clock.tick(seconds=620)

    await guess(service_under_attack.client, ALARM, address=distinct_address(ALARM))

    assert (await Browser(service_under_attack.client, "203.0.113.1").request_code()).json()["attempts_left"] == 5


@on_the_engine
async def test_thirty_wrong_guesses_of_a_neighbour_refuse_no_code_that_this_address_requested(run_service):
    """E4: thirty wrong guesses of one behind the same NAT, and nobody there was approved for ten minutes."""
    async with run_service(failure_watch="false") as service:
        here = "198.51.100.1"
        neighbour, user = Browser(service.client, here, key="sk_dev"), Browser(service.client, here)
        own = verification_id_of(await user.request_code())
        for n in range(30):
            id = await new_verification_id(service.client, number(n))
            assert_problem(await neighbour.verify_code(id, WRONG_CODE), 400, "incorrect_code")
        of_another = await new_verification_id(service.client, number(30))
        assert_problem(await neighbour.verify_code(of_another), 429, "rate_limited")

        assert_problem(await user.verify_code(own, WRONG_CODE), 400, "incorrect_code")
        assert (await user.verify_code(own)).status_code == 200


@on_the_engine
async def test_seventy_wrong_guesses_at_a_number_refuse_no_code_on_its_phone(run_service, clock):
    """E5: a hundred wrong guesses, and the owner's right code was refused, to the known device too."""
    async with run_service(limit_sends_per_number="off", attempts="10", failure_watch="false") as service:
        owner = Browser(service.client, "203.0.113.1")
        id = verification_id_of(await owner.request_code(OTHER_PHONE))
        token = (await owner.verify_code(id, await code_of(service.container, id))).json()["device_token"]
        for _ in range(6):
            id = await new_verification_id(service.client, OTHER_PHONE)
            for _ in range(10):
                await post_verify_code(service.client, id, WRONG_CODE)
            clock.tick(seconds=3_600)
        attacked, pending = [await new_verification_id(service.client, OTHER_PHONE) for _ in range(2)]
        for _ in range(10):
            await post_verify_code(service.client, attacked, WRONG_CODE)

        refused = assert_problem(await post_request_code(service.client, OTHER_PHONE), 429, "too_many_attempts")
        assert refused["retry_after"] == 86_400
        known = await owner.request_code(OTHER_PHONE, device_token=token)
        assert known.status_code == 202
        clock.tick(seconds=30)
        assert (await post_resend_code(service.client, pending)).status_code == 202
        code = await code_of(service.container, pending)
        assert (await post_verify_code(service.client, pending, code)).status_code == 200


@on_the_engine
async def test_many_normal_logins_do_not_raise_the_alarm(run_service):
    """Many users who sometimes mistype are normal traffic: here, two in seven checks fail."""
    async with run_service(limit_checks_per_address="off") as service:
        for n in range(ALARM):
            id = await new_verification_id(service.client, number(n))
            code = await code_of(service.container, id)
            if n % 5 < 2:
                await post_verify_code(service.client, id, wrong_code(code), client_ip=distinct_address(n))
            assert (await post_verify_code(service.client, id, code, client_ip=distinct_address(n))).status_code == 200

        assert (await Browser(service.client).request_code()).json()["attempts_left"] == 5


@on_the_engine
async def test_one_address_cannot_raise_the_alarm_by_codes_of_others(run_service):
    """Otherwise a single caller could reduce the attempts of all users to three."""
    async with run_service() as service:
        ids = [await new_verification_id(service.client, number(n)) for n in range(ALARM)]
        guesser = Browser(service.client, "198.51.100.1", key="sk_dev")
        for id in ids:
            await guesser.verify_code(id, WRONG_CODE)

        assert (await Browser(service.client, "203.0.113.1").request_code()).json()["attempts_left"] == 5
