"""Idempotency-Key: a call that is made again is answered again, and done once."""

import asyncio
from dataclasses import replace

import pytest

from app.domain.errors import IdempotencyKeyReused, IncorrectCode, NoPendingVerification, RateLimited
from app.domain.request_context import IdempotencyScope
from app.services.admin import forget_number
from tests.support.actions import ask, ask_again, ask_for_code, check, look, redeem, wrong
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.stores import ENGINE, on_both_stores

STORE = ENGINE  # no other test meets some branches of these scripts there

KEY = IdempotencyScope("dev|/v1/request-code||key-1", '{"phone_number": "…"}')
CHECK = IdempotencyScope("dev|/v1/verify-code||key-1", '{"code": "…"}')
DAY = 86_400


def other_body(repeat):
    return IdempotencyScope(repeat.scope, repeat.body + " ")


async def test_the_same_request_is_answered_again_and_no_second_sms_is_sent(container, clock, redis, key):
    """Word for word: a client that lost the answer must not be told another."""
    first = await ask(container, repeat=KEY, reference="cart-77")
    clock.tick(seconds=100)

    again = await ask(container, repeat=KEY, reference="cart-77")

    assert replace(again.left, closest_limit=None) == replace(first.left, closest_limit=None)
    assert (again.id, again.phone.e164, again.reference) == (first.id, first.phone.e164, "cart-77")
    assert await redis.xlen(key("sends_queue")) == 1


@on_both_stores
async def test_racing_repeats_keep_one_verification(container, redis, key):
    """A browser that sends twice, or a proxy that tries again, while the first is still on its way."""
    standings = await asyncio.gather(*(ask(container, repeat=KEY) for _ in range(50)))

    assert len({standing.id for standing in standings}) == 1
    assert await redis.xlen(key("sends_queue")) == 1


async def test_it_spends_nothing_again(make_container):
    async with make_container(limit_sends_per_number="1/h") as container:
        first = await ask(container, repeat=KEY)
        assert (await ask(container, repeat=KEY)).id == first.id
        with pytest.raises(RateLimited):
            await ask(container)


async def test_another_body_is_refused(container, redis, key):
    await ask(container, repeat=KEY)

    with pytest.raises(IdempotencyKeyReused):
        await ask(container, OTHER_PHONE, repeat=other_body(KEY))
    assert await redis.xlen(key("sends_queue")) == 1


async def test_another_scope_is_another_key(container):
    """Two apps, or two browsers, that chose the same word share nothing."""
    first = await ask(container, repeat=KEY)

    assert (await ask(container, repeat=IdempotencyScope("bank|/v1/request-code||key-1", KEY.body))).id != first.id


async def test_a_refusal_is_not_remembered(make_container, clock):
    """What was refused was not done, so the same call may be made again."""
    async with make_container(limit_sends_per_number="1/h") as container:
        await ask(container)
        with pytest.raises(RateLimited):
            await ask(container, repeat=KEY)
        clock.tick(seconds=3600)

        assert await ask(container, repeat=KEY)


async def test_it_is_remembered_for_a_day(container, redis, key):
    await ask(container, repeat=KEY)

    (name,) = [name async for name in redis.scan_iter(f"{key('repeat')}:*")]
    assert 86_390_000 < await redis.pttl(name) <= 86_400_000


async def test_another_process_answers_as_the_first_did(make_container, redis, key):
    """A client that tries again may well meet one that has just been restarted."""
    async with make_container() as container:
        first = await ask(container, repeat=KEY)
    async with make_container() as container:
        assert (await ask(container, repeat=KEY)).id == first.id

    assert await redis.xlen(key("sends_queue")) == 1


async def test_a_resend_is_repeated_too(container, clock, redis, key):
    """And even when its cooldown would now refuse it."""
    standing = await ask(container, reference="cart-77")
    clock.tick(seconds=30)
    first = await ask_again(container, standing.id, repeat=KEY)
    clock.tick(seconds=1)

    again = await ask_again(container, standing.id, repeat=KEY)

    assert (again.id, again.reference, again.left.sends) == (first.id, "cart-77", first.left.sends)
    assert again.phone.e164 == PHONE
    assert await redis.xlen(key("sends_queue")) == 2
    with pytest.raises(IdempotencyKeyReused):
        await ask_again(container, standing.id, repeat=other_body(KEY))


async def test_what_is_remembered_of_a_resend_ends_with_what_is_kept_of_its_number(container, clock):
    """Who erases a number erases all: a repeat has no copy of its own."""
    standing = await ask(container)
    clock.tick(seconds=30)
    await ask_again(container, standing.id, repeat=KEY)

    await forget_number(PHONE, apps=["dev"], keyring=container.keyring, numbers=container.numbers)

    with pytest.raises(NoPendingVerification):
        await ask_again(container, standing.id, repeat=KEY)


async def test_a_right_code_earns_the_same_proof_again(container, clock):
    """A lost answer does not lock out an approved person."""
    id, code = await ask_for_code(container, reference="cart-77")
    first = await check(container, code, id=id, repeat=CHECK)
    clock.tick(seconds=59)

    assert await check(container, code, id=id, repeat=CHECK) == first
    assert await redeem(container, first.proof)
    assert await redeem(container, (await check(container, code, id=id, repeat=CHECK)).proof) is None


async def test_by_number_too(container):
    _, code = await ask_for_code(container)
    first = await check(container, code, number=PHONE, purposes=frozenset({"login"}), repeat=CHECK)

    assert await check(container, code, number=PHONE, purposes=frozenset({"login"}), repeat=CHECK) == first


@on_both_stores
async def test_racing_repeats_of_a_right_code_are_all_approved_by_one_proof(container):
    id, code = await ask_for_code(container)

    approvals = await asyncio.gather(*(check(container, code, id=id, repeat=CHECK) for _ in range(50)))

    assert len({approval.proof for approval in approvals}) == 1


async def test_a_check_is_remembered_for_a_minute(container, redis, key):
    id, code = await ask_for_code(container)
    await check(container, code, id=id, repeat=CHECK)

    (name,) = [name async for name in redis.scan_iter(f"{key('repeat')}:*")]
    assert 50_000 < await redis.pttl(name) <= 60_000


async def test_a_wrong_guess_is_never_remembered(container):
    """Each guess counts, whatever key it carries, and the next right one may carry the same."""
    id, code = await ask_for_code(container)
    for left in (4, 3):
        with pytest.raises(IncorrectCode) as guess:
            await check(container, wrong(code), id=id, repeat=CHECK)
        assert guess.value.attempts_left == left

    assert await check(container, code, id=id, repeat=CHECK)
    with pytest.raises(IdempotencyKeyReused):
        await check(container, wrong(code), id=id, repeat=other_body(CHECK))
    assert (await look(container, id)).state == "approved"


async def test_without_the_key_a_used_code_is_gone(container):
    id, code = await ask_for_code(container)
    await check(container, code, id=id, repeat=CHECK)

    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id)
    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id, repeat=IdempotencyScope("dev|/v1/verify-code||key-2", CHECK.body))
