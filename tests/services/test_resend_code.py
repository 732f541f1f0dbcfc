"""Resending a code: cooldown, limits and ended verifications."""

import asyncio

import pytest

from app.domain.errors import NoPendingVerification, RateLimited, TemporarilyUnavailable, TooManyAttempts
from app.domain.jobs import SendJob
from tests.support.actions import cancel, check, code_of, resend, start_verification, start_with_code, wrong_code
from tests.support.builders import PHONE
from tests.support.fake_gateways import FakeGateway, deliver_job
from tests.support.stores import ENGINE

STORE = ENGINE  # some branches of these scripts are tested on a real engine only here


async def test_a_resend_repeats_code_expiry_and_attempts(container, clock):
    """SMS arrive late and out of order, and users type the one they see."""
    fake_gateway = FakeGateway()
    first = await start_verification(container, purpose="payment", reference="cart-77")
    await deliver_job(container, fake_gateway, SendJob(first.id, 1))
    await asyncio.gather(check(container, wrong_code(fake_gateway.codes[0]), id=first.id), return_exceptions=True)
    clock.tick(seconds=30)

    resent = await resend(container, first.id)
    await deliver_job(container, fake_gateway, SendJob(first.id, 2))

    assert (resent.id, resent.phone.e164, resent.purpose, resent.reference) == (first.id, PHONE, "payment", "cart-77")
    assert (resent.expires_at, resent.attempts_left, resent.sends_left) == (first.expires_at, 4, 1)
    assert fake_gateway.codes[0] == fake_gateway.codes[1]


async def test_the_cooldown_doubles(container, clock):
    first = await start_verification(container)
    assert first.resend_at == clock() + 30_000

    clock.tick(seconds=30, ms=-1)
    with pytest.raises(RateLimited) as limited:
        await resend(container, first.id)
    assert (limited.value.limit, limited.value.retry_after) == ("resend_cooldown", 1)

    clock.tick(ms=1)
    second = await resend(container, first.id)
    assert second.resend_at == clock() + 60_000
    clock.tick(seconds=59)
    with pytest.raises(RateLimited):
        await resend(container, first.id)

    clock.tick(seconds=1)
    third = await resend(container, first.id)
    assert (third.sends_left, third.resend_at) == (0, None)


async def test_without_sends_left_retry_after_is_when_a_new_code_may_be_requested(make_container, clock):
    async with make_container(limit_sends_per_verification=1) as container:
        first = await start_verification(container)
        assert (first.sends_left, first.resend_at) == (0, None)
        clock.tick(seconds=30)

        with pytest.raises(RateLimited) as limited:
            await resend(container, first.id)
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_verification", 1)


async def test_a_resend_spends_the_numbers_sends(make_container, clock):
    async with make_container(limit_sends_per_number="2/10min") as container:
        first = await start_verification(container)
        clock.tick(seconds=30)
        second = await resend(container, first.id)
        assert (second.sends_left, second.resend_at) == (1, None)
        clock.tick(seconds=60)

        with pytest.raises(RateLimited) as limited:
            await resend(container, first.id)
    assert (limited.value.limit, limited.value.retry_after) == ("sends_per_number", 510)


@pytest.mark.parametrize(("cooldown", "is_promised"), [(30, True), (31, False)])
async def test_resend_at_is_none_within_the_last_30_seconds(make_container, cooldown, is_promised):
    """It would arrive too late to be typed."""
    async with make_container(code_lifetime=60, resend_cooldown=cooldown) as container:
        assert ((await start_verification(container)).resend_at is not None) == is_promised


async def test_a_resend_sends_a_new_code_when_the_setting_says_so(make_container, clock):
    """The old code stops working at once; wrong attempts stay counted."""
    async with make_container(resend_code="new") as container:
        id, old = await start_with_code(container)
        clock.tick(seconds=30)
        resent = await resend(container, id)
        new = await code_of(container, id, send=2)

        assert resent.attempts_left == 5
        answers = await asyncio.gather(check(container, old, id=id), return_exceptions=True)
        assert answers[0].attempts_left == 4
        assert await check(container, new, id=id)


async def test_resend_refuses_an_ended_verification(make_container, clock):
    async with make_container(limit_sends_per_number="off") as container:
        used, code = await start_with_code(container)
        await check(container, code, id=used)
        gone, expired = (await start_verification(container)).id, (await start_verification(container)).id
        await cancel(container, gone)
        clock.tick(seconds=300)

        for id in (used, gone, expired, "vf_none"):
            with pytest.raises(NoPendingVerification):
                await resend(container, id)


async def test_resend_refuses_a_verification_that_an_approval_canceled(container, clock):
    other = await start_verification(container)
    id, code = await start_with_code(container)
    await check(container, code, id=id)
    clock.tick(seconds=30)

    with pytest.raises(NoPendingVerification):
        await resend(container, other.id)


async def test_a_locked_verification_returns_when_a_new_code_may_be_requested(container, clock):
    id, code = await start_with_code(container)
    for _ in range(5):
        await asyncio.gather(check(container, wrong_code(code), id=id), return_exceptions=True)
    clock.tick(seconds=30)

    with pytest.raises(TooManyAttempts) as spent:
        await resend(container, id)
    assert spent.value.retry_after == 1


async def test_resend_refuses_a_verification_of_another_app_or_purpose(container, clock):
    """The error does not reveal whether it exists."""
    verification = await start_verification(container, purpose="payment")
    clock.tick(seconds=30)

    for changes in ({"app": "bank"}, {"purposes": frozenset({"login", "pay"})}):
        with pytest.raises(NoPendingVerification):
            await resend(container, verification.id, **changes)
    assert await resend(container, verification.id, purposes=frozenset({"login", "payment"}))


async def test_a_test_number_is_resent_without_an_sms(make_container, clock):
    async with make_container(test_numbers=f"{PHONE}=042137@2099-12-31", resend_code="new") as container:
        verification = await start_verification(container)
        clock.tick(seconds=30)
        assert (await resend(container, verification.id)).sends_left == 1
        assert (await container.health.snapshot()).waiting == 0
        assert await check(container, "042137", id=verification.id)


async def test_resend_is_unavailable_while_the_queue_is_too_long(container, clock, redis, key):
    verification = await start_verification(container)
    await redis.zadd(key("later"), {f"job-{number}": 1 for number in range(10_000)})
    clock.tick(seconds=30)

    with pytest.raises(TemporarilyUnavailable):
        await resend(container, verification.id)
