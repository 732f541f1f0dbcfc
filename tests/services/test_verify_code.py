"""A guess comes back."""

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
from tests.support.actions import ask, ask_for_code, attempts_of, check, guess_wrong, look, redeem, wrong
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.secrets import make_secret
from tests.support.stores import ENGINE, on_both_stores

STORE = ENGINE  # no other test meets some branches of these scripts there
OLD, NEW = make_secret("old"), make_secret("new")

LOGIN = frozenset({"login"})


async def test_a_right_code_is_right_once(container, clock):
    id, code = await ask_for_code(container, reference="cart-77")
    clock.tick(seconds=7)

    approval = await check(container, code, id=id)

    assert (approval.id, approval.phone.e164, approval.purpose, approval.reference) == (id, PHONE, "login", "cart-77")
    assert approval.approved_at == clock()
    assert approval.proof_expires_at // 1000 == clock() // 1000 + 300
    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id)


@on_both_stores
async def test_of_a_hundred_parallel_right_answers_one_is_approved(container):
    id, code = await ask_for_code(container)

    answers = await asyncio.gather(*(check(container, code, id=id) for _ in range(100)), return_exceptions=True)

    assert Counter(map(type, answers)) == {Approval: 1, NoPendingVerification: 99}


@on_both_stores
async def test_of_fifty_parallel_wrong_answers_the_cap_is_counted(container):
    id, code = await ask_for_code(container)

    assert Counter(await guess_wrong(container, 50, code, id=id)) == {IncorrectCode: 5, TooManyAttempts: 45}
    with pytest.raises(TooManyAttempts):
        await check(container, code, id=id)


async def test_after_the_last_guess_it_says_when_a_new_code_may_be_asked_for(make_container):
    async with make_container(limit_sends_per_number="1/10min") as container:
        id, code = await ask_for_code(container)
        await guess_wrong(container, 5, code, id=id)

        with pytest.raises(TooManyAttempts) as spent:
            await check(container, code, id=id)
    assert spent.value.retry_after == 600


@pytest.mark.parametrize(("ms", "is_over"), [(299_999, False), (300_000, True), (300_001, True)])
async def test_at_the_millisecond_of_expiry_it_is_over(container, clock, ms, is_over):
    id, code = await ask_for_code(container)
    clock.tick(ms=ms)

    if is_over:
        with pytest.raises(NoPendingVerification):
            await check(container, code, id=id)
    else:
        assert await check(container, code, id=id)


async def test_a_verification_answers_only_for_its_app_and_purpose(container):
    """And a guess at the wrong door costs nothing."""
    id, code = await ask_for_code(container, purpose="payment")

    for changes in ({"app": "bank"}, {"purposes": LOGIN}, {"purposes": frozenset({"pay", "ment"})}):
        with pytest.raises(NoPendingVerification):
            await check(container, code, id=id, **changes)
    assert await attempts_of(container, id) == [5]
    assert await check(container, code, id=id, purposes=frozenset({"login", "payment"}))


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345x", ""])
async def test_what_is_no_code_costs_nothing(container, typed):
    id, _ = await ask_for_code(container)

    with pytest.raises(InvalidRequest):
        await check(container, typed, id=id)
    assert await attempts_of(container, id) == [5]


async def test_another_verifications_code_is_wrong(container):
    one, _ = await ask_for_code(container)
    _, other_code = await ask_for_code(container, OTHER_PHONE)

    with pytest.raises(IncorrectCode):
        await check(container, other_code, id=one)


async def test_an_approval_ends_the_other_pending_ones_of_its_number_app_and_purpose(container, clock):
    other, other_code = await ask_for_code(container)
    payment, payment_code = await ask_for_code(container, purpose="payment")
    id, code = await ask_for_code(container)
    clock.tick(seconds=7)
    await check(container, code, id=id)
    clock.tick(seconds=7)

    view = await look(container, other)
    assert (view.state, view.ended_at) == (State.CANCELED, clock() - 7000)
    with pytest.raises(NoPendingVerification):
        await check(container, other_code, id=other)
    assert (await look(container, payment)).state == State.PENDING
    assert await check(container, payment_code, id=payment)


async def test_an_approval_ends_nothing_of_another_app_or_number(container):
    bank = await ask_for_code(container, app="bank")
    other = await ask_for_code(container, OTHER_PHONE)
    id, code = await ask_for_code(container)
    await check(container, code, id=id)

    assert await check(container, bank[1], id=bank[0], app="bank")
    assert await check(container, other[1], id=other[0])


async def test_what_expired_before_an_approval_reads_expired(container, clock):
    old = await ask(container)
    clock.tick(seconds=300)
    id, code = await ask_for_code(container)
    await check(container, code, id=id)

    assert (await look(container, old.id)).state == State.EXPIRED


async def test_what_is_asked_for_after_an_approval_lives(container):
    for _ in range(3):
        id, code = await ask_for_code(container)
        assert await check(container, code, id=id)


async def test_only_an_approval_clears_the_failures_of_a_number(make_container):
    async with make_container(limit_sends_per_number="off") as container:
        locked, code = await ask_for_code(container)
        await guess_wrong(container, 5, code, id=locked)
        id, code = await ask_for_code(container)
        await guess_wrong(container, 4, code, id=id)
        assert await check(container, code, id=id)

        id, code = await ask_for_code(container)
        await guess_wrong(container, 5, code, id=id)
        id, code = await ask_for_code(container)
        await guess_wrong(container, 4, code, id=id)
        assert await ask(container), "nine failures since"
        await guess_wrong(container, 1, code, id=id)
        with pytest.raises(TooManyAttempts):
            await ask(container)


async def test_a_wait_never_refuses_a_right_code(make_container):
    """Or a stranger's guesses could keep the owner out."""
    async with make_container(attempts=10) as container:
        mine, my_code = await ask_for_code(container)
        strangers, code = await ask_for_code(container)
        await guess_wrong(container, 10, code, id=strangers)
        with pytest.raises(TooManyAttempts):
            await ask(container)

        assert await check(container, my_code, id=mine)
        assert await ask(container), "an approval ends the wait"


async def test_codes_and_proofs_survive_a_rotation(make_container):
    """The first secret makes what is new, the others are still read."""
    async with make_container(secrets=OLD) as container:
        first, code = await ask_for_code(container)
        second, second_code = await ask_for_code(container, OTHER_PHONE)
        proof = (await check(container, code, id=first)).proof
    async with make_container(secrets=f"{NEW},{OLD}") as container:
        assert await check(container, second_code, id=second)
        assert await redeem(container, proof)
        third, third_code = await ask_for_code(container)
        assert await check(container, third_code, id=third)


async def test_a_code_of_an_unknown_key_cannot_be_judged_and_costs_nothing(make_container):
    """In a rotation one process is ahead of another; the right code must not be called wrong there, nor counted."""
    async with make_container(secrets=NEW) as ahead:
        id, code = await ask_for_code(ahead)
    async with make_container(secrets=OLD) as behind:
        for _ in range(7):
            with pytest.raises(TemporarilyUnavailable):
                await check(behind, code, id=id)
    async with make_container(secrets=f"{NEW},{OLD}") as ahead:
        assert (await look(ahead, id)).attempts_left == 5
        assert await check(ahead, code, id=id)


async def test_a_guess_by_number_is_counted_where_any_record_can_be_judged(make_container):
    """Or a record of an unknown key beside it would make guessing free."""
    async with make_container(secrets=NEW) as ahead:
        await ask(ahead)
    async with make_container(secrets=OLD) as behind:
        id, code = await ask_for_code(behind)
        with pytest.raises(IncorrectCode):
            await check(behind, wrong(code), number=PHONE, purposes=frozenset({"login"}))
        assert (await look(behind, id)).attempts_left == 4
