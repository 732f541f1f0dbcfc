"""check_code: count one guess, compare it with the stored digests, approve a match."""

import asyncio
from collections import Counter

import pytest

from app.domain.errors import IncorrectCode, NoPendingVerification, TooManyAttempts
from app.domain.verification import Approval
from tests.support.actions import check, start_with_code, wrong_code


async def race(*calls):
    """Count the result types of concurrent calls."""
    return Counter(type(answer) for answer in await asyncio.gather(*calls, return_exceptions=True))


async def test_one_of_a_hundred_correct_guesses_is_approved(container):
    id, code = await start_with_code(container)

    assert await race(*(check(container, code, id=id) for _ in range(100))) == {Approval: 1, NoPendingVerification: 99}


async def test_racing_guesses_get_no_extra_attempts(container, redis, key):
    """A hundred concurrent wrong guesses use the five attempts and no more."""
    id, code = await start_with_code(container)

    answers = await race(*(check(container, wrong_code(code, by=by), id=id) for by in range(1, 101)))

    assert answers == {IncorrectCode: 5, TooManyAttempts: 95}
    assert await redis.hget(key("verification", id), "attempts") == b"0"


async def test_each_racing_guess_returns_a_different_attempt_count(container):
    id, code = await start_with_code(container)

    answers = await asyncio.gather(
        *(check(container, wrong_code(code), id=id) for _ in range(5)), return_exceptions=True
    )

    assert sorted(answer.attempts_left for answer in answers) == [0, 1, 2, 3, 4]


async def test_correct_guess_among_racing_wrong_ones_is_approved_or_too_late(container):
    id, code = await start_with_code(container)

    answers = await race(*(check(container, wrong_code(code, by=by), id=id) for by in range(30)))

    assert answers[Approval] + (answers[IncorrectCode] == 5) == 1
    assert answers[IncorrectCode] <= 5


async def test_one_of_two_correct_codes_of_a_number_is_approved(container):
    """The approval of one ends the other at the same time."""
    one, two = await start_with_code(container), await start_with_code(container)

    answers = await race(*(check(container, code, id=id) for id, code in (one, two) * 10))

    assert answers == {Approval: 1, NoPendingVerification: 19}


async def test_racing_guesses_by_number_count_a_failure_for_each_code(container, redis, key):
    """Three verifications of five attempts: five guesses cost fifteen attempts, and fifteen failures."""
    codes = [code for _, code in [await start_with_code(container) for _ in range(3)]]
    guess = next(guess for guess in ("000000", "000001", "000002", "000003") if guess not in codes)
    login = frozenset({"login"})

    answers = await race(*(check(container, guess, number="+31612345678", purposes=login) for _ in range(20)))

    assert answers == {IncorrectCode: 5, TooManyAttempts: 15}
    (number,) = [name async for name in redis.scan_iter(f"{key('number')}:*")]
    assert await redis.hget(number, "failures") == b"15"


async def test_secret_is_deleted_on_approval_and_on_lock(container, redis, key):
    right, code = await start_with_code(container)
    locked, other_code = await start_with_code(container, "+31687654321")

    await check(container, code, id=right)
    await race(*(check(container, wrong_code(other_code), id=locked) for _ in range(5)))

    assert await redis.exists(key("secret", right), key("secret", locked)) == 0


@pytest.mark.parametrize("keep", [0, 60, 86400])
async def test_locked_verification_returns_too_many_attempts_until_the_code_expires(make_container, clock, keep):
    """A locked verification is stored until its code would have expired."""
    async with make_container(keep=keep) as container:
        id, code = await start_with_code(container)
        await race(*(check(container, wrong_code(code), id=id) for _ in range(5)))

        with pytest.raises(TooManyAttempts):
            await check(container, code, id=id)

        clock.tick(seconds=300)
        with pytest.raises(NoPendingVerification):
            await check(container, code, id=id)


async def test_only_the_last_ten_generations_are_stored(make_container, redis, key):
    """The end times of the last ten generations are stored: no older verification can still be pending."""
    async with make_container(limit_sends_per_number="off") as container:
        for _ in range(15):
            id, code = await start_with_code(container)
            await check(container, code, id=id)

    (number,) = [name async for name in redis.scan_iter(f"{key('number')}:*")]
    fields = set(await redis.hkeys(number)) - {b"guard_free"}
    assert len(fields) == 11
    assert await redis.hget(number, "generation:login") == b"15"
