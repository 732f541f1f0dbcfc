"""Somebody guesses one code for everybody: of ten thousand numbers one has it by luck."""

import pytest

from tests.support.actions import code_of, wrong
from tests.support.api_calls import WRONG, check, new_id, problem_of
from tests.support.callers import Browser, id_of, kept, statuses
from tests.support.stores import on_the_engine

ALARM = 200  # checks in ten minutes, of which over 60 % fail; the first test that raises it does so on both stores


def number(n):
    return f"+3161{n:07d}"


async def guess(client, n, *, address, key="sk_dev"):
    """Ask for a code of one more number, and guess it; one in a million of these tests is then right."""
    browser = Browser(client, address, key=key)
    return await browser.check(id_of(await browser.ask(number(n))), WRONG)


def spread(n):
    """Give another address for each guess, of another site."""
    return f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}"


@pytest.fixture
async def alarmed(run_service):
    """The service after so many guesses, each for another number and from another address, that it is alarmed."""
    async with run_service() as service:
        answers = [await guess(service.client, n, address=spread(n), key="pk_dev") for n in range(ALARM)]
        assert statuses(answers)[400, "incorrect_code"] >= ALARM - 2, "but for what is right by luck"
        yield service


async def test_one_address_guesses_thirty_times_and_no_more(run_service):
    """Over 10,000 numbers that is a chance of 30 in a million, and not of 1 in 100."""
    async with run_service(limit_sends_per_address="off", failure_watch="false") as service:
        answers = [await guess(service.client, n, address="198.51.100.1") for n in range(40)]
        elsewhere = await guess(service.client, 40, address="198.51.100.2")

    assert statuses(answers) == {(400, "incorrect_code"): 30, (429, "rate_limited"): 10}
    assert problem_of(answers[-1], 429, "rate_limited")["limit"] == "checks_per_address"
    problem_of(elsewhere, 400, "incorrect_code")


async def test_a_refused_guess_costs_the_number_nothing(run_service):
    """Else an address that is over its limit could still lock its victims out."""
    async with run_service(limit_checks_per_address="1/10min", failure_watch="false") as service:
        stranger, id = Browser(service.client, "198.51.100.1"), await new_id(service.client)
        await stranger.check(await new_id(service.client), WRONG)
        before = await kept(service)

        for _ in range(20):
            problem_of(await stranger.check(id, WRONG), 429, "rate_limited")
            problem_of(await stranger.check(id), 429, "rate_limited")

        assert await kept(service) == before
        assert (await check(service.client, id)).status_code == 200


async def test_guesses_from_everywhere_leave_new_codes_three_attempts(alarmed):
    """Each address and each number looks innocent; all together do not."""
    body = (await Browser(alarmed.client, "203.0.113.1").ask()).json()

    assert body["attempts_left"] == 3


@on_the_engine
async def test_before_the_alarm_there_are_five(run_service):
    async with run_service() as service:
        for n in range(ALARM - 1):
            await guess(service.client, n, address=spread(n))

        assert (await Browser(service.client).ask()).json()["attempts_left"] == 5


@on_the_engine
async def test_while_it_is_alarmed_an_address_with_three_failures_is_refused(alarmed):
    guesser = Browser(alarmed.client, "203.0.113.1", key="sk_dev")
    ids = [await new_id(alarmed.client) for _ in range(4)]
    for id in ids[:3]:
        problem_of(await guesser.check(id, WRONG), 400, "incorrect_code")

    problem_of(await guesser.check(ids[3]), 429, "rate_limited")
    assert (await Browser(alarmed.client, "203.0.113.2").check(ids[3])).status_code == 200


@on_the_engine
async def test_the_alarm_keeps_no_person_out(alarmed):
    """One who mistypes twice still gets in, at the third try."""
    person = Browser(alarmed.client, "203.0.113.1")
    id = id_of(await person.ask())

    for _ in range(2):
        problem_of(await person.check(id, WRONG), 400, "incorrect_code")
    assert (await person.check(id)).status_code == 200


@on_the_engine
async def test_the_alarm_ends_with_its_cause(alarmed, clock):
    """With the first check that finds it so; without any, ten minutes later by the clock of the store."""
    assert 590_000 < await alarmed.redis.pttl(f"{alarmed.tag}:alarm") <= 600_000
    clock.tick(seconds=620)

    await guess(alarmed.client, ALARM, address=spread(ALARM))

    assert (await Browser(alarmed.client, "203.0.113.1").ask()).json()["attempts_left"] == 5


@on_the_engine
async def test_many_who_log_in_raise_no_alarm(run_service):
    """A crowd that mistypes now and then is what a morning looks like: here, two in five are wrong."""
    async with run_service(limit_checks_per_address="off") as service:
        for n in range(ALARM):
            id = await new_id(service.client, number(n))
            code = await code_of(service.container, id)
            if n % 5 < 2:
                await check(service.client, id, wrong(code), client_ip=spread(n))
            assert (await check(service.client, id, code, client_ip=spread(n))).status_code == 200

        assert (await Browser(service.client).ask()).json()["attempts_left"] == 5


@on_the_engine
async def test_one_address_cannot_raise_the_alarm_alone(run_service):
    """Or anybody could switch everybody's attempts down to three, by a hobby."""
    async with run_service(limit_sends_per_address="off") as service:
        ids = [await new_id(service.client, number(n)) for n in range(ALARM)]
        guesser = Browser(service.client, "198.51.100.1", key="sk_dev")
        for id in ids:
            await guesser.check(id, WRONG)

        assert (await Browser(service.client, "203.0.113.1").ask()).json()["attempts_left"] == 5
