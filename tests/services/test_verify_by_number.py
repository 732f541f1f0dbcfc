"""Checking a code by phone number instead of verification id."""

import pytest

from app.domain.errors import IncorrectCode, NoPendingVerification, TooManyAttempts
from tests.support.actions import attempts_of, check, send_wrong_codes, start_with_code
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.secrets import make_secret

OLD, NEW = make_secret("old"), make_secret("new")

LOGIN = frozenset({"login"})


async def test_a_guess_by_number_is_compared_with_all_pending_verifications(container):
    """A wrong one costs each an attempt, and the number one failure."""
    one, code = await start_with_code(container)
    two, other_code = await start_with_code(container)
    payment, _ = await start_with_code(container, purpose="payment")
    bad = next(guess for guess in ("000000", "000001", "000002") if guess not in (code, other_code))

    with pytest.raises(IncorrectCode) as incorrect:
        await check(container, bad, number="0031612345678", purposes=LOGIN)
    assert incorrect.value.attempts_left == 4
    assert await attempts_of(container, one, two, payment) == [4, 4, 5]

    approval = await check(container, code, number=PHONE, purposes=LOGIN)
    assert approval.verification.id == one


async def test_a_guess_by_number_without_purposes_covers_all(container):
    _, code = await start_with_code(container, purpose="payment")

    assert (await check(container, code, number=PHONE)).verification.purpose == "payment"


async def test_a_guess_by_number_finds_pending_verifications_only(container, clock):
    _, code = await start_with_code(container)

    for changes in ({"number": OTHER_PHONE}, {"number": PHONE, "app": "bank"}):
        with pytest.raises(NoPendingVerification):
            await check(container, code, purposes=LOGIN, **changes)
    clock.tick(seconds=300)
    with pytest.raises(NoPendingVerification):
        await check(container, code, number=PHONE, purposes=LOGIN)


async def test_a_guess_by_number_skips_verifications_without_attempts(container):
    spent, code = await start_with_code(container)
    await send_wrong_codes(container, 5, code, id=spent)
    with pytest.raises(TooManyAttempts):
        await check(container, code, number=PHONE, purposes=LOGIN)

    fresh, fresh_code = await start_with_code(container)
    assert (await check(container, fresh_code, number=PHONE, purposes=LOGIN)).verification.id == fresh


async def test_a_guess_by_number_is_compared_with_the_newest_fifty(make_container, clock):
    """This bounds the work of one check."""
    async with make_container(limit_sends_per_number="off") as container:
        oldest, oldest_code = await start_with_code(container)
        clock.tick(ms=1)
        for _ in range(50):
            newest, _ = await start_with_code(container)
            clock.tick(ms=1)

        with pytest.raises(IncorrectCode):
            await check(container, oldest_code, number=PHONE, purposes=LOGIN)
        assert await attempts_of(container, oldest, newest) == [5, 4]


async def test_a_closed_country_does_not_refuse_a_sent_code(make_container):
    async with make_container() as container:
        _, code = await start_with_code(container)
    async with make_container(countries="DE") as container:
        assert await check(container, code, number=PHONE, purposes=LOGIN)
