"""A guess comes back with a number instead of an id."""

import pytest

from app.domain.errors import IncorrectCode, NoPendingVerification, TooManyAttempts
from tests.support.actions import ask_for_code, attempts_of, check, guess_wrong
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.secrets import make_secret

OLD, NEW = make_secret("old"), make_secret("new")

LOGIN = frozenset({"login"})


async def test_by_number_a_guess_is_compared_with_all_pending(tools):
    """A wrong one costs each an attempt, and the number one failure."""
    one, code = await ask_for_code(tools)
    two, other_code = await ask_for_code(tools)
    payment, _ = await ask_for_code(tools, purpose="payment")
    bad = next(guess for guess in ("000000", "000001", "000002") if guess not in (code, other_code))

    with pytest.raises(IncorrectCode) as incorrect:
        await check(tools, bad, number="0031612345678", purposes=LOGIN)
    assert incorrect.value.attempts_left == 4
    assert await attempts_of(tools, one, two, payment) == [4, 4, 5]

    approval = await check(tools, code, number=PHONE, purposes=LOGIN)
    assert approval.id == one


async def test_by_number_without_purposes_all_are_meant(tools):
    _, code = await ask_for_code(tools, purpose="payment")

    assert (await check(tools, code, number=PHONE)).purpose == "payment"


async def test_by_number_nothing_is_found_that_is_not_pending(tools, clock):
    _, code = await ask_for_code(tools)

    for changes in ({"number": OTHER_PHONE}, {"number": PHONE, "app": "bank"}):
        with pytest.raises(NoPendingVerification):
            await check(tools, code, purposes=LOGIN, **changes)
    clock.tick(seconds=300)
    with pytest.raises(NoPendingVerification):
        await check(tools, code, number=PHONE, purposes=LOGIN)


async def test_by_number_only_those_with_attempts_left_are_meant(tools):
    spent, code = await ask_for_code(tools)
    await guess_wrong(tools, 5, code, id=spent)
    with pytest.raises(TooManyAttempts):
        await check(tools, code, number=PHONE, purposes=LOGIN)

    fresh, fresh_code = await ask_for_code(tools)
    assert (await check(tools, fresh_code, number=PHONE, purposes=LOGIN)).id == fresh


async def test_a_country_that_was_closed_since_does_not_refuse_a_code(make_tools):
    async with make_tools() as tools:
        _, code = await ask_for_code(tools)
    async with make_tools(countries="DE") as tools:
        assert await check(tools, code, number=PHONE, purposes=LOGIN)
