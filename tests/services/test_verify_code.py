"""Checking a code: attempts, expiry, approval and key rotation."""

import asyncio
from collections import Counter

import pytest

from app.domain.errors import (
    IncorrectCode,
    InvalidRequest,
    NoPendingVerification,
    TemporarilyUnavailable,
    TooManyAttempts,
)
from app.domain.verification import Approval, State
from tests.support.actions import (
    attempts_of,
    check,
    read_verification,
    redeem,
    send_wrong_codes,
    start_verification,
    start_with_code,
    wrong_code,
)
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.secrets import make_secret
from tests.support.stores import ENGINE, on_both_stores

STORE = ENGINE  # some branches of these scripts are tested on a real engine only here
OLD, NEW = make_secret("old"), make_secret("new")

LOGIN = frozenset({"login"})


async def test_a_correct_code_is_approved_once(container, clock):
    id, code = await start_with_code(container, reference="cart-77")
    clock.tick(seconds=7)

    approval = await check(container, code, id=id)

    assert (
        approval.verification.id,
        approval.verification.phone.e164,
        approval.verification.purpose,
        approval.verification.reference,
    ) == (id, PHONE, "login", "cart-77")
    assert approval.verification.approved_at == clock()
    assert approval.proof_expires_at // 1000 == clock() // 1000 + 300
    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id)


@on_both_stores
async def test_a_hundred_parallel_correct_codes_approve_once(container):
    id, code = await start_with_code(container)

    answers = await asyncio.gather(*(check(container, code, id=id) for _ in range(100)), return_exceptions=True)

    assert Counter(map(type, answers)) == {Approval: 1, NoPendingVerification: 99}


@on_both_stores
async def test_fifty_parallel_wrong_codes_spend_the_attempts_only(container):
    id, code = await start_with_code(container)

    assert Counter(await send_wrong_codes(container, 50, code, id=id)) == {IncorrectCode: 5, TooManyAttempts: 45}
    with pytest.raises(TooManyAttempts):
        await check(container, code, id=id)


async def test_after_the_last_attempt_retry_after_is_when_a_new_code_may_be_requested(make_container):
    async with make_container(limit_sends_per_number="1/10min") as container:
        id, code = await start_with_code(container)
        await send_wrong_codes(container, 5, code, id=id)

        with pytest.raises(TooManyAttempts) as spent:
            await check(container, code, id=id)
    assert spent.value.retry_after == 600


@pytest.mark.parametrize(("ms", "is_expired"), [(299_999, False), (300_000, True), (300_001, True)])
async def test_a_code_expires_at_the_millisecond(container, clock, ms, is_expired):
    id, code = await start_with_code(container)
    clock.tick(ms=ms)

    if is_expired:
        with pytest.raises(NoPendingVerification):
            await check(container, code, id=id)
    else:
        assert await check(container, code, id=id)


async def test_a_code_is_valid_for_its_app_and_purpose_only(container):
    """A guess for another app or purpose costs no attempt."""
    id, code = await start_with_code(container, purpose="payment")

    for changes in ({"app": "bank"}, {"purposes": LOGIN}, {"purposes": frozenset({"pay", "ment"})}):
        with pytest.raises(NoPendingVerification):
            await check(container, code, id=id, **changes)
    assert await attempts_of(container, id) == [5]
    assert await check(container, code, id=id, purposes=frozenset({"login", "payment"}))


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345x", ""])
async def test_malformed_input_costs_no_attempt(container, typed):
    id, _ = await start_with_code(container)

    with pytest.raises(InvalidRequest):
        await check(container, typed, id=id)
    assert await attempts_of(container, id) == [5]


async def test_the_code_of_another_verification_is_incorrect(container):
    one, _ = await start_with_code(container)
    _, other_code = await start_with_code(container, OTHER_PHONE)

    with pytest.raises(IncorrectCode):
        await check(container, other_code, id=one)


async def test_an_approval_cancels_other_pending_verifications_of_its_number_app_and_purpose(container, clock):
    other, other_code = await start_with_code(container)
    payment, payment_code = await start_with_code(container, purpose="payment")
    id, code = await start_with_code(container)
    clock.tick(seconds=7)
    await check(container, code, id=id)
    clock.tick(seconds=7)

    view = await read_verification(container, other)
    assert (view.state, view.ended_at) == (State.CANCELED, clock() - 7000)
    with pytest.raises(NoPendingVerification):
        await check(container, other_code, id=other)
    assert (await read_verification(container, payment)).state == State.PENDING
    assert await check(container, payment_code, id=payment)


async def test_an_approval_keeps_verifications_of_other_apps_and_numbers(container):
    bank = await start_with_code(container, app="bank")
    other = await start_with_code(container, OTHER_PHONE)
    id, code = await start_with_code(container)
    await check(container, code, id=id)

    assert await check(container, bank[1], id=bank[0], app="bank")
    assert await check(container, other[1], id=other[0])


async def test_a_verification_that_expired_before_an_approval_stays_expired(container, clock):
    old = await start_verification(container)
    clock.tick(seconds=300)
    id, code = await start_with_code(container)
    await check(container, code, id=id)

    assert (await read_verification(container, old.id)).state == State.EXPIRED


async def test_a_verification_requested_after_an_approval_works(container):
    for _ in range(3):
        id, code = await start_with_code(container)
        assert await check(container, code, id=id)


async def test_only_an_approval_clears_the_failures_of_a_number(make_container):
    async with make_container(limit_sends_per_number="off") as container:
        locked, code = await start_with_code(container)
        await send_wrong_codes(container, 5, code, id=locked)
        id, code = await start_with_code(container)
        await send_wrong_codes(container, 4, code, id=id)
        assert await check(container, code, id=id)

        id, code = await start_with_code(container)
        await send_wrong_codes(container, 5, code, id=id)
        id, code = await start_with_code(container)
        await send_wrong_codes(container, 4, code, id=id)
        assert await start_verification(container), "nine failures since"
        await send_wrong_codes(container, 1, code, id=id)
        with pytest.raises(TooManyAttempts):
            await start_verification(container)


async def test_a_wait_never_refuses_a_correct_code(make_container):
    """Otherwise a stranger's guesses could lock the owner out."""
    async with make_container(attempts=10) as container:
        mine, my_code = await start_with_code(container)
        strangers, code = await start_with_code(container)
        await send_wrong_codes(container, 10, code, id=strangers)
        with pytest.raises(TooManyAttempts):
            await start_verification(container)

        assert await check(container, my_code, id=mine)
        assert await start_verification(container), "an approval ends the wait"


async def test_codes_and_proofs_survive_a_key_rotation(make_container):
    """The first secret is used for new codes and proofs; the others still verify old ones."""
    async with make_container(secrets=OLD) as container:
        first, code = await start_with_code(container)
        second, second_code = await start_with_code(container, OTHER_PHONE)
        proof = (await check(container, code, id=first)).proof
    async with make_container(secrets=f"{NEW},{OLD}") as container:
        assert await check(container, second_code, id=second)
        assert await redeem(container, proof)
        third, third_code = await start_with_code(container)
        assert await check(container, third_code, id=third)


async def test_a_code_of_an_unknown_key_is_unavailable_and_costs_no_attempt(make_container):
    """During a rotation one process has newer keys than another, which must not count a correct code as wrong."""
    async with make_container(secrets=NEW) as ahead:
        id, code = await start_with_code(ahead)
    async with make_container(secrets=OLD) as behind:
        for _ in range(7):
            with pytest.raises(TemporarilyUnavailable):
                await check(behind, code, id=id)
    async with make_container(secrets=f"{NEW},{OLD}") as ahead:
        assert (await read_verification(ahead, id)).attempts_left == 5
        assert await check(ahead, code, id=id)


async def test_a_guess_by_number_counts_when_any_record_has_a_known_key(make_container):
    """Otherwise another record with an unknown key would make guesses free."""
    async with make_container(secrets=NEW) as ahead:
        await start_verification(ahead)
    async with make_container(secrets=OLD) as behind:
        id, code = await start_with_code(behind)
        with pytest.raises(IncorrectCode):
            await check(behind, wrong_code(code), number=PHONE, purposes=frozenset({"login"}))
        assert (await read_verification(behind, id)).attempts_left == 4
