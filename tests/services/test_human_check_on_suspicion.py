"""Human checks under the suspicious policy: while the failure watch is raised, or a limit is nearly spent."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from app.domain.errors import HumanCheckFailed, HumanCheckRequired
from app.domain.human_check import HumanCheckResult
from app.domain.request_context import IdempotencyScope
from tests.support.actions import check, raise_failure_watch, resend, start_verification, start_with_code
from tests.support.builders import PHONE
from tests.support.stores import ENGINE, on_both_stores

STORE = ENGINE  # some branches of these scripts are tested on a real engine only here

NUMBERS = [f"+316123{number:05d}" for number in range(20)]


class AcceptAllHumanCheck:
    """A human check that accepts every token; `work-2-x` took a work of 2, and any other is of a vendor."""

    async def verify(self, token, *, bound_to, address):
        work = int(token.split("-")[1]) if token.startswith("work-") else None
        return HumanCheckResult(token, 600, work)


@pytest.fixture
async def suspicious(make_container):
    changes = {"human_check": "altcha", "human_check_when": "suspicious", "limit_sends_per_number": "off"}
    async with make_container(**changes, limit_sends_per_app="10/h") as container:
        yield container


async def browse(container, number=PHONE, **changes):
    return await start_verification(container, number, is_backend=False, human_checker=AcceptAllHumanCheck(), **changes)


async def test_a_human_check_is_needed_once_a_limit_is_four_fifths_spent(make_container):
    """The ninth of ten requests needs a human check; a backend needs none."""
    changes = {"human_check": "altcha", "human_check_when": "suspicious", "limit_sends_per_country": "10/h"}
    async with make_container(**changes) as container:
        for number in NUMBERS[:8]:
            assert await browse(container, number)

        with pytest.raises(HumanCheckRequired):
            await browse(container, NUMBERS[8])
        assert await browse(container, NUMBERS[8], human_check="token-1")
        assert await start_verification(container, NUMBERS[9])


async def test_strangers_need_a_human_check_from_half_of_their_share_on(suspicious):
    """Of 10 an hour strangers may use 6: the fourth needs one; a known device and a backend need none."""
    id, code = await start_with_code(suspicious, is_backend=False)
    earned = (await check(suspicious, code, id=id)).device_token
    for number in NUMBERS[:2]:
        assert await browse(suspicious, number)

    with pytest.raises(HumanCheckRequired):
        await browse(suspicious, NUMBERS[3])
    with pytest.raises(HumanCheckRequired):  # for the shares it counts from tomorrow on
        await browse(suspicious, PHONE, device_token=earned)
    assert await start_verification(suspicious, NUMBERS[3])
    assert await browse(suspicious, NUMBERS[4], human_check="token-1")


async def test_all_browsers_need_a_human_check_while_the_watch_is_raised(make_container):
    async with make_container(human_check="altcha", human_check_when="suspicious") as container:
        await raise_failure_watch(container)

        with pytest.raises(HumanCheckRequired):
            await browse(container)
        assert await browse(container, human_check="token-1")


async def test_a_resend_needs_a_human_check_and_a_token_works_once(suspicious, clock):
    verification = await browse(suspicious, NUMBERS[0], human_check="token-1")
    for number in NUMBERS[1:3]:
        await browse(suspicious, number)
    clock.tick(seconds=30)

    with pytest.raises(HumanCheckRequired):
        await resend(suspicious, verification.id, is_backend=False, human_checker=AcceptAllHumanCheck())
    with pytest.raises(HumanCheckFailed):
        await resend(
            suspicious, verification.id, is_backend=False, human_checker=AcceptAllHumanCheck(), human_check="token-1"
        )
    assert await resend(
        suspicious, verification.id, is_backend=False, human_checker=AcceptAllHumanCheck(), human_check="token-2"
    )


@pytest.mark.parametrize("token", ["work-2-a", "work-16-a", "of-a-vendor"])
async def test_suspicion_asks_twice_the_work_of_a_token_when_it_is_used(suspicious, token):
    """A token of a vendor has no work: it judges by itself."""
    for number in NUMBERS[:3]:
        assert await browse(suspicious, number, human_check=f"work-1-{number}")

    with pytest.raises(HumanCheckRequired) as refusal:
        await browse(suspicious, NUMBERS[8], human_check="work-1-a")
    assert refusal.value.work == 2
    assert await browse(suspicious, NUMBERS[8], human_check=token)


async def test_suspicion_asks_the_work_of_a_resend_too(suspicious, clock):
    verification = await browse(suspicious, NUMBERS[0])
    for number in NUMBERS[1:3]:
        await browse(suspicious, number)
    clock.tick(seconds=30)
    call = {"is_backend": False, "human_checker": AcceptAllHumanCheck()}

    with pytest.raises(HumanCheckRequired):
        await resend(suspicious, verification.id, human_check="work-1-a", **call)
    assert await resend(suspicious, verification.id, human_check="work-2-a", **call)


async def test_no_work_is_asked_of_a_backend_that_passes_a_token_on(suspicious):
    for number in NUMBERS[:3]:
        await browse(suspicious, number)

    assert await start_verification(suspicious, NUMBERS[8], human_checker=AcceptAllHumanCheck(), human_check="work-1-a")


@on_both_stores
async def test_racing_requests_with_one_token_send_one_sms(suspicious):
    answers = await asyncio.gather(
        *(browse(suspicious, number, human_check="token-1") for number in NUMBERS[:5]), return_exceptions=True
    )

    assert [type(answer) for answer in answers].count(HumanCheckFailed) == 4


@pytest.mark.parametrize("is_resend", [False, True])
async def test_an_expired_repeat_needs_its_human_check(suspicious, clock, is_resend):
    """When the stored response expires between its lookup and the script, the token was not verified."""
    verification = await browse(suspicious, NUMBERS[0])
    clock.tick(seconds=30)

    class ExpiredResponse:
        async def is_answered(self, call):
            return True

    human_checks = replace(suspicious.request_code.human_checks, verifications=ExpiredResponse())
    container = replace(
        suspicious,
        request_code=replace(suspicious.request_code, human_checks=human_checks),
        resend_code=replace(suspicious.resend_code, human_checks=human_checks),
    )
    repeat = IdempotencyScope("dev|/v1/request-code|nowhere|key-1", "{}")
    if is_resend:
        send = partial(
            resend,
            container,
            verification.id,
            human_checker=AcceptAllHumanCheck(),
            human_check="bad",
            idempotency=repeat,
        )
    else:
        send = partial(browse, container, NUMBERS[1], human_check="bad", idempotency=repeat)
    with pytest.raises(HumanCheckRequired):
        await send()


async def test_a_repeated_resend_returns_the_first_response_after_the_verification_ended(suspicious, clock):
    """The stored response is read first: the number of an ended verification is not available."""
    id, code = await start_with_code(suspicious)
    clock.tick(seconds=30)
    call = {
        "human_checker": AcceptAllHumanCheck(),
        "human_check": "token-1",
        "idempotency": IdempotencyScope("dev|/v1/request-code|nowhere|key-1", "{}"),
    }
    first = await resend(suspicious, id, **call)
    await check(suspicious, code, id=id)

    repeated = await resend(suspicious, id, **call)

    assert (repeated.id, repeated.sends_left) == (first.id, first.sends_left)
