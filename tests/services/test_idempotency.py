"""Idempotency-Key: a repeated call returns the first response and runs once."""

import asyncio
from dataclasses import replace

import pytest

from app.domain.errors import IdempotencyKeyReused, IncorrectCode, NoPendingVerification, RateLimited
from app.domain.request_context import IdempotencyScope
from app.services.admin import forget_number
from tests.support.actions import (
    check,
    read_verification,
    redeem,
    resend,
    start_verification,
    start_with_code,
    wrong_code,
)
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.stores import ENGINE, on_both_stores

STORE = ENGINE  # some branches of these scripts are tested on a real engine only here

KEY = IdempotencyScope("dev|/v1/request-code||key-1", '{"phone_number": "…"}')
CHECK = IdempotencyScope("dev|/v1/verify-code||key-1", '{"code": "…"}')
DAY = 86_400


def other_body(repeat):
    return IdempotencyScope(repeat.scope, repeat.body + " ")


async def test_a_repeated_request_returns_the_first_response_and_sends_no_second_sms(container, clock, redis, key):
    """A client that lost the response must get the same one."""
    first = await start_verification(container, idempotency=KEY, reference="cart-77")
    clock.tick(seconds=100)

    repeated = await start_verification(container, idempotency=KEY, reference="cart-77")

    assert replace(repeated, closest_limit=None) == replace(first, closest_limit=None)
    assert (repeated.id, repeated.phone.e164, repeated.reference) == (first.id, first.phone.e164, "cart-77")
    assert await redis.xlen(key("sends_queue")) == 1


@on_both_stores
async def test_racing_repeats_create_one_verification(container, redis, key):
    """A browser sends twice, or a proxy retries, while the first call is in progress."""
    verifications = await asyncio.gather(*(start_verification(container, idempotency=KEY) for _ in range(50)))

    assert len({verification.id for verification in verifications}) == 1
    assert await redis.xlen(key("sends_queue")) == 1


async def test_a_repeat_spends_no_limit(make_container):
    async with make_container(limit_sends_per_number="1/h") as container:
        first = await start_verification(container, idempotency=KEY)
        assert (await start_verification(container, idempotency=KEY)).id == first.id
        with pytest.raises(RateLimited):
            await start_verification(container)


async def test_a_reused_key_with_another_body_is_refused(container, redis, key):
    await start_verification(container, idempotency=KEY)

    with pytest.raises(IdempotencyKeyReused):
        await start_verification(container, OTHER_PHONE, idempotency=other_body(KEY))
    assert await redis.xlen(key("sends_queue")) == 1


async def test_keys_are_separate_per_scope(container):
    """Two apps, or two browsers, that chose the same key share nothing."""
    first = await start_verification(container, idempotency=KEY)

    assert (
        await start_verification(container, idempotency=IdempotencyScope("bank|/v1/request-code||key-1", KEY.body))
    ).id != first.id


async def test_a_refusal_is_not_stored(make_container, clock):
    """A refused call did nothing, so the same call may be made again."""
    async with make_container(limit_sends_per_number="1/h") as container:
        await start_verification(container)
        with pytest.raises(RateLimited):
            await start_verification(container, idempotency=KEY)
        clock.tick(seconds=3600)

        assert await start_verification(container, idempotency=KEY)


async def test_a_key_expires_after_a_day(container, redis, key):
    await start_verification(container, idempotency=KEY)

    (name,) = [name async for name in redis.scan_iter(f"{key('idempotency')}:*")]
    assert 86_390_000 < await redis.pttl(name) <= 86_400_000


async def test_another_process_returns_the_first_response(make_container, redis, key):
    """A client that retries may reach another process, or one that was restarted."""
    async with make_container() as container:
        first = await start_verification(container, idempotency=KEY)
    async with make_container() as container:
        assert (await start_verification(container, idempotency=KEY)).id == first.id

    assert await redis.xlen(key("sends_queue")) == 1


async def test_a_repeated_resend_returns_the_first_response(container, clock, redis, key):
    """The repeat succeeds even while the cooldown would refuse a new resend."""
    verification = await start_verification(container, reference="cart-77")
    clock.tick(seconds=30)
    first = await resend(container, verification.id, idempotency=KEY)
    clock.tick(seconds=1)

    repeated = await resend(container, verification.id, idempotency=KEY)

    assert (repeated.id, repeated.reference, repeated.sends_left) == (first.id, "cart-77", first.sends_left)
    assert repeated.phone.e164 == PHONE
    assert await redis.xlen(key("sends_queue")) == 2
    with pytest.raises(IdempotencyKeyReused):
        await resend(container, verification.id, idempotency=other_body(KEY))


async def test_forgetting_a_number_ends_the_repeats_of_its_resends(container, clock):
    """Forgetting a number deletes everything: the stored response has no copy of it."""
    verification = await start_verification(container)
    clock.tick(seconds=30)
    await resend(container, verification.id, idempotency=KEY)

    await forget_number(PHONE, apps=["dev"], encryption=container.store.encryption, numbers=container.numbers)

    with pytest.raises(NoPendingVerification):
        await resend(container, verification.id, idempotency=KEY)


async def test_a_repeated_check_returns_the_same_proof(container, clock):
    """A lost response does not lock out an approved user."""
    id, code = await start_with_code(container, reference="cart-77")
    first = await check(container, code, id=id, idempotency=CHECK)
    clock.tick(seconds=59)

    assert await check(container, code, id=id, idempotency=CHECK) == first
    assert await redeem(container, first.proof)
    assert await redeem(container, (await check(container, code, id=id, idempotency=CHECK)).proof) is None


async def test_a_repeated_check_by_number_returns_the_same_proof(container):
    _, code = await start_with_code(container)
    first = await check(container, code, number=PHONE, purposes=frozenset({"login"}), idempotency=CHECK)

    assert await check(container, code, number=PHONE, purposes=frozenset({"login"}), idempotency=CHECK) == first


@on_both_stores
async def test_racing_repeats_of_a_correct_code_return_one_proof(container):
    id, code = await start_with_code(container)

    approvals = await asyncio.gather(*(check(container, code, id=id, idempotency=CHECK) for _ in range(50)))

    assert len({approval.proof for approval in approvals}) == 1


async def test_the_key_of_a_check_expires_after_a_minute(container, redis, key):
    id, code = await start_with_code(container)
    await check(container, code, id=id, idempotency=CHECK)

    (name,) = [name async for name in redis.scan_iter(f"{key('idempotency')}:*")]
    assert 50_000 < await redis.pttl(name) <= 60_000


async def test_a_wrong_code_is_never_stored_under_its_key(container):
    """Each guess counts, whatever its key, and a later correct code may use the same key."""
    id, code = await start_with_code(container)
    for left in (4, 3):
        with pytest.raises(IncorrectCode) as guess:
            await check(container, wrong_code(code), id=id, idempotency=CHECK)
        assert guess.value.attempts_left == left

    assert await check(container, code, id=id, idempotency=CHECK)
    with pytest.raises(IdempotencyKeyReused):
        await check(container, wrong_code(code), id=id, idempotency=other_body(CHECK))
    assert (await read_verification(container, id)).state == "approved"


async def test_a_used_code_is_refused_without_its_key(container):
    id, code = await start_with_code(container)
    await check(container, code, id=id, idempotency=CHECK)

    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id)
    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id, idempotency=IdempotencyScope("dev|/v1/verify-code||key-2", CHECK.body))
