"""The same code once more."""

import asyncio

import pytest

from app.domain.errors import NoPendingVerification, RateLimited, TemporarilyUnavailable, TooManyAttempts
from app.domain.jobs import SendJob
from tests.support.actions import ask, ask_again, ask_for_code, cancel, check, code_of, wrong
from tests.support.builders import PHONE
from tests.support.fake_gateways import Carrier, carry


async def test_a_resend_repeats_code_expiry_and_attempts(tools, clock):
    """SMS arrive late and out of order, and people type the one they see."""
    carrier = Carrier()
    first = await ask(tools, purpose="payment", reference="cart-77")
    await carry(tools, carrier, SendJob(first.id, 1))
    await asyncio.gather(check(tools, wrong(carrier.codes[0]), id=first.id), return_exceptions=True)
    clock.tick(seconds=30)

    again = await ask_again(tools, first.id)
    await carry(tools, carrier, SendJob(first.id, 2))

    assert (again.id, again.phone.e164, again.purpose, again.reference) == (first.id, PHONE, "payment", "cart-77")
    assert (again.left.expires_at, again.left.attempts, again.left.sends) == (first.left.expires_at, 4, 1)
    assert carrier.codes[0] == carrier.codes[1]


async def test_the_cooldown_doubles(tools, clock):
    first = await ask(tools)
    assert first.left.resend_at == clock() + 30_000

    clock.tick(seconds=30, ms=-1)
    with pytest.raises(RateLimited) as limited:
        await ask_again(tools, first.id)
    assert (limited.value.limit, limited.value.retry_after) == ("resend_cooldown", 1)

    clock.tick(ms=1)
    second = await ask_again(tools, first.id)
    assert second.left.resend_at == clock() + 60_000
    clock.tick(seconds=59)
    with pytest.raises(RateLimited):
        await ask_again(tools, first.id)

    clock.tick(seconds=1)
    third = await ask_again(tools, first.id)
    assert (third.left.sends, third.left.resend_at) == (0, None)


async def test_when_no_send_is_left_it_says_when_a_new_code_may_be_asked_for(make_tools, clock):
    async with make_tools(limit_sends_per_verification=1) as tools:
        first = await ask(tools)
        assert (first.left.sends, first.left.resend_at) == (0, None)
        clock.tick(seconds=30)

        with pytest.raises(RateLimited) as limited:
            await ask_again(tools, first.id)
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_verification", 1)


async def test_a_resend_spends_the_numbers_sends(make_tools, clock):
    async with make_tools(limit_sends_per_number="2/10min") as tools:
        first = await ask(tools)
        clock.tick(seconds=30)
        second = await ask_again(tools, first.id)
        assert (second.left.sends, second.left.resend_at) == (1, None)
        clock.tick(seconds=60)

        with pytest.raises(RateLimited) as limited:
            await ask_again(tools, first.id)
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_number", 510)


@pytest.mark.parametrize(("cooldown", "is_promised"), [(30, True), (31, False)])
async def test_no_resend_is_promised_within_the_last_30_seconds(make_tools, cooldown, is_promised):
    """It would arrive too late to be typed."""
    async with make_tools(code_lifetime=60, resend_cooldown=cooldown) as tools:
        assert ((await ask(tools)).left.resend_at is not None) == is_promised


async def test_by_a_setting_a_resend_draws_a_new_code(make_tools, clock):
    """The old one stops working at once; what was guessed stays counted."""
    async with make_tools(resend_code="new") as tools:
        id, old = await ask_for_code(tools)
        clock.tick(seconds=30)
        again = await ask_again(tools, id)
        new = await code_of(tools, id, send=2)

        assert again.left.attempts == 5
        answers = await asyncio.gather(check(tools, old, id=id), return_exceptions=True)
        assert answers[0].attempts_left == 4
        assert await check(tools, new, id=id)


async def test_what_has_ended_is_not_sent_again(make_tools, clock):
    async with make_tools(limit_sends_per_number="off") as tools:
        used, code = await ask_for_code(tools)
        await check(tools, code, id=used)
        gone, expired = (await ask(tools)).id, (await ask(tools)).id
        await cancel(tools, gone)
        clock.tick(seconds=300)

        for id in (used, gone, expired, "vf_none"):
            with pytest.raises(NoPendingVerification):
                await ask_again(tools, id)


async def test_a_verification_that_an_approval_ended_is_not_sent_again(tools, clock):
    other = await ask(tools)
    id, code = await ask_for_code(tools)
    await check(tools, code, id=id)
    clock.tick(seconds=30)

    with pytest.raises(NoPendingVerification):
        await ask_again(tools, other.id)


async def test_a_locked_verification_says_when_a_new_code_may_be_asked_for(tools, clock):
    id, code = await ask_for_code(tools)
    for _ in range(5):
        await asyncio.gather(check(tools, wrong(code), id=id), return_exceptions=True)
    clock.tick(seconds=30)

    with pytest.raises(TooManyAttempts) as spent:
        await ask_again(tools, id)
    assert spent.value.retry_after == 1


async def test_another_apps_or_purposes_verification_is_not_there(tools, clock):
    """Never a word about whether it exists."""
    standing = await ask(tools, purpose="payment")
    clock.tick(seconds=30)

    for changes in ({"app": "bank"}, {"purposes": frozenset({"login", "pay"})}):
        with pytest.raises(NoPendingVerification):
            await ask_again(tools, standing.id, **changes)
    assert await ask_again(tools, standing.id, purposes=frozenset({"login", "payment"}))


async def test_a_test_number_is_resent_without_an_sms(make_tools, clock):
    async with make_tools(test_numbers=f"{PHONE}=042137@2099-12-31", resend_code="new") as tools:
        standing = await ask(tools)
        clock.tick(seconds=30)
        assert (await ask_again(tools, standing.id)).left.sends == 1
        assert (await tools.health.feel()).waiting == 0
        assert await check(tools, "042137", id=standing.id)


async def test_while_the_queue_is_too_long_nothing_is_sent_again(tools, clock, redis, key):
    standing = await ask(tools)
    await redis.zadd(key("later"), {f"job-{number}": 1 for number in range(10_000)})
    clock.tick(seconds=30)

    with pytest.raises(TemporarilyUnavailable):
        await ask_again(tools, standing.id)
