"""A guess comes back with a number instead of an id."""

import pytest

from app.domain.errors import IncorrectCode, NoPendingVerification, TooManyAttempts
from tests.support.actions import ask_for_code, attempts_of, check, guess_wrong
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.secrets import make_secret

OLD, NEW = make_secret("old"), make_secret("new")

LOGIN = frozenset({"login"})


async def test_by_number_a_guess_is_compared_with_all_pending(container):
    """A wrong one costs each an attempt, and the number one failure."""
    one, code = await ask_for_code(container)
    two, other_code = await ask_for_code(container)
    payment, _ = await ask_for_code(container, purpose="payment")
    bad = next(guess for guess in ("000000", "000001", "000002") if guess not in (code, other_code))

    with pytest.raises(IncorrectCode) as incorrect:
        await check(container, bad, number="0031612345678", purposes=LOGIN)
    assert incorrect.value.attempts_left == 4
    assert await attempts_of(container, one, two, payment) == [4, 4, 5]

    approval = await check(container, code, number=PHONE, purposes=LOGIN)
    assert approval.id == one


async def test_by_number_without_purposes_all_are_meant(container):
    _, code = await ask_for_code(container, purpose="payment")

    assert (await check(container, code, number=PHONE)).purpose == "payment"


async def test_by_number_nothing_is_found_that_is_not_pending(container, clock):
    _, code = await ask_for_code(container)

    for changes in ({"number": OTHER_PHONE}, {"number": PHONE, "app": "bank"}):
        with pytest.raises(NoPendingVerification):
            await check(container, code, purposes=LOGIN, **changes)
    clock.tick(seconds=300)
    with pytest.raises(NoPendingVerification):
        await check(container, code, number=PHONE, purposes=LOGIN)


async def test_by_number_only_those_with_attempts_left_are_meant(container):
    spent, code = await ask_for_code(container)
    await guess_wrong(container, 5, code, id=spent)
    with pytest.raises(TooManyAttempts):
        await check(container, code, number=PHONE, purposes=LOGIN)

    fresh, fresh_code = await ask_for_code(container)
    assert (await check(container, fresh_code, number=PHONE, purposes=LOGIN)).id == fresh


async def test_a_country_that_was_closed_since_does_not_refuse_a_code(make_container):
    async with make_container() as container:
        _, code = await ask_for_code(container)
    async with make_container(countries="DE") as container:
        assert await check(container, code, number=PHONE, purposes=LOGIN)
