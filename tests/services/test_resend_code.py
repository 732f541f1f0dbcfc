"""The same code once more."""

import asyncio

import pytest

from app.domain.errors import NoPendingVerification, RateLimited, TemporarilyUnavailable, TooManyAttempts
from app.domain.jobs import SendJob
from tests.support.actions import ask, ask_again, ask_for_code, cancel, check, code_of, wrong
from tests.support.builders import PHONE
from tests.support.fake_gateways import Carrier, carry
from tests.support.stores import ENGINE

STORE = ENGINE  # no other test meets some branches of these scripts there


async def test_a_resend_repeats_code_expiry_and_attempts(container, clock):
    """SMS arrive late and out of order, and people type the one they see."""
    carrier = Carrier()
    first = await ask(container, purpose="payment", reference="cart-77")
    await carry(container, carrier, SendJob(first.id, 1))
    await asyncio.gather(check(container, wrong(carrier.codes[0]), id=first.id), return_exceptions=True)
    clock.tick(seconds=30)

    again = await ask_again(container, first.id)
    await carry(container, carrier, SendJob(first.id, 2))

    assert (again.id, again.phone.e164, again.purpose, again.reference) == (first.id, PHONE, "payment", "cart-77")
    assert (again.left.expires_at, again.left.attempts, again.left.sends) == (first.left.expires_at, 4, 1)
    assert carrier.codes[0] == carrier.codes[1]


async def test_the_cooldown_doubles(container, clock):
    first = await ask(container)
    assert first.left.resend_at == clock() + 30_000

    clock.tick(seconds=30, ms=-1)
    with pytest.raises(RateLimited) as limited:
        await ask_again(container, first.id)
    assert (limited.value.limit, limited.value.retry_after) == ("resend_cooldown", 1)

    clock.tick(ms=1)
    second = await ask_again(container, first.id)
    assert second.left.resend_at == clock() + 60_000
    clock.tick(seconds=59)
    with pytest.raises(RateLimited):
        await ask_again(container, first.id)

    clock.tick(seconds=1)
    third = await ask_again(container, first.id)
    assert (third.left.sends, third.left.resend_at) == (0, None)


async def test_when_no_send_is_left_it_says_when_a_new_code_may_be_asked_for(make_container, clock):
    async with make_container(limit_sends_per_verification=1) as container:
        first = await ask(container)
        assert (first.left.sends, first.left.resend_at) == (0, None)
        clock.tick(seconds=30)

        with pytest.raises(RateLimited) as limited:
            await ask_again(container, first.id)
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_verification", 1)


async def test_a_resend_spends_the_numbers_sends(make_container, clock):
    async with make_container(limit_sends_per_number="2/10min") as container:
        first = await ask(container)
        clock.tick(seconds=30)
        second = await ask_again(container, first.id)
        assert (second.left.sends, second.left.resend_at) == (1, None)
        clock.tick(seconds=60)

        with pytest.raises(RateLimited) as limited:
            await ask_again(container, first.id)
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_number", 510)


@pytest.mark.parametrize(("cooldown", "is_promised"), [(30, True), (31, False)])
async def test_no_resend_is_promised_within_the_last_30_seconds(make_container, cooldown, is_promised):
    """It would arrive too late to be typed."""
    async with make_container(code_lifetime=60, resend_cooldown=cooldown) as container:
        assert ((await ask(container)).left.resend_at is not None) == is_promised


async def test_by_a_setting_a_resend_draws_a_new_code(make_container, clock):
    """The old one stops working at once; what was guessed stays counted."""
    async with make_container(resend_code="new") as container:
        id, old = await ask_for_code(container)
        clock.tick(seconds=30)
        again = await ask_again(container, id)
        new = await code_of(container, id, send=2)

        assert again.left.attempts == 5
        answers = await asyncio.gather(check(container, old, id=id), return_exceptions=True)
        assert answers[0].attempts_left == 4
        assert await check(container, new, id=id)


async def test_what_has_ended_is_not_sent_again(make_container, clock):
    async with make_container(limit_sends_per_number="off") as container:
        used, code = await ask_for_code(container)
        await check(container, code, id=used)
        gone, expired = (await ask(container)).id, (await ask(container)).id
        await cancel(container, gone)
        clock.tick(seconds=300)

        for id in (used, gone, expired, "vf_none"):
            with pytest.raises(NoPendingVerification):
                await ask_again(container, id)


async def test_a_verification_that_an_approval_ended_is_not_sent_again(container, clock):
    other = await ask(container)
    id, code = await ask_for_code(container)
    await check(container, code, id=id)
    clock.tick(seconds=30)

    with pytest.raises(NoPendingVerification):
        await ask_again(container, other.id)


async def test_a_locked_verification_says_when_a_new_code_may_be_asked_for(container, clock):
    id, code = await ask_for_code(container)
    for _ in range(5):
        await asyncio.gather(check(container, wrong(code), id=id), return_exceptions=True)
    clock.tick(seconds=30)

    with pytest.raises(TooManyAttempts) as spent:
        await ask_again(container, id)
    assert spent.value.retry_after == 1


async def test_another_apps_or_purposes_verification_is_not_there(container, clock):
    """Never a word about whether it exists."""
    standing = await ask(container, purpose="payment")
    clock.tick(seconds=30)

    for changes in ({"app": "bank"}, {"purposes": frozenset({"login", "pay"})}):
        with pytest.raises(NoPendingVerification):
            await ask_again(container, standing.id, **changes)
    assert await ask_again(container, standing.id, purposes=frozenset({"login", "payment"}))


async def test_a_test_number_is_resent_without_an_sms(make_container, clock):
    async with make_container(test_numbers=f"{PHONE}=042137@2099-12-31", resend_code="new") as container:
        standing = await ask(container)
        clock.tick(seconds=30)
        assert (await ask_again(container, standing.id)).left.sends == 1
        assert (await container.health.snapshot()).waiting == 0
        assert await check(container, "042137", id=standing.id)


async def test_while_the_queue_is_too_long_nothing_is_sent_again(container, clock, redis, key):
    standing = await ask(container)
    await redis.zadd(key("later"), {f"job-{number}": 1 for number in range(10_000)})
    clock.tick(seconds=30)

    with pytest.raises(TemporarilyUnavailable):
        await ask_again(container, standing.id)
