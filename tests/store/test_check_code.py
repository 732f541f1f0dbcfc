"""check_code: count first, compare, use up."""

import asyncio
from collections import Counter

import pytest

from app.domain.errors import IncorrectCode, NoPendingVerification, TooManyAttempts
from app.domain.verification import Approval
from tests.support.actions import ask_for_code, check, wrong


async def race(*calls):
    """What became of many calls at once, by type."""
    return Counter(type(answer) for answer in await asyncio.gather(*calls, return_exceptions=True))


async def test_of_a_hundred_right_answers_one_is_approved(container):
    id, code = await ask_for_code(container)

    assert await race(*(check(container, code, id=id) for _ in range(100))) == {Approval: 1, NoPendingVerification: 99}


async def test_racing_guesses_buy_no_extra_attempts(container, redis, key):
    """A hundred wrong guesses at once spend the five attempts and no more."""
    id, code = await ask_for_code(container)

    answers = await race(*(check(container, wrong(code, by=by), id=id) for by in range(1, 101)))

    assert answers == {IncorrectCode: 5, TooManyAttempts: 95}
    assert await redis.hget(key("verification", id), "attempts") == b"0"


async def test_each_racing_guess_is_told_another_number_of_attempts(container):
    id, code = await ask_for_code(container)

    answers = await asyncio.gather(*(check(container, wrong(code), id=id) for _ in range(5)), return_exceptions=True)

    assert sorted(answer.attempts_left for answer in answers) == [0, 1, 2, 3, 4]


async def test_a_right_answer_among_wrong_ones_wins_or_comes_too_late(container):
    id, code = await ask_for_code(container)

    answers = await race(*(check(container, wrong(code, by=by), id=id) for by in range(30)))

    assert answers[Approval] + (answers[IncorrectCode] == 5) == 1
    assert answers[IncorrectCode] <= 5


async def test_of_two_right_codes_of_one_number_one_is_approved(container):
    """The approval of one ends the other, at the same moment."""
    one, two = await ask_for_code(container), await ask_for_code(container)

    answers = await race(*(check(container, code, id=id) for id, code in (one, two) * 10))

    assert answers == {Approval: 1, NoPendingVerification: 19}


async def test_racing_guesses_by_number_count_one_failure_each(container, redis, key):
    """Three verifications of five attempts: five guesses cost fifteen attempts, but five failures."""
    codes = [code for _, code in [await ask_for_code(container) for _ in range(3)]]
    guess = next(guess for guess in ("000000", "000001", "000002", "000003") if guess not in codes)
    login = frozenset({"login"})

    answers = await race(*(check(container, guess, number="+31612345678", purposes=login) for _ in range(20)))

    assert answers == {IncorrectCode: 5, TooManyAttempts: 15}
    (number,) = [name async for name in redis.scan_iter(f"{key('number')}:*")]
    assert await redis.hget(number, "failures") == b"5"


async def test_salt_and_digest_are_erased_at_either_end(container, redis, key):
    right, code = await ask_for_code(container)
    locked, other_code = await ask_for_code(container, "+31687654321")

    await check(container, code, id=right)
    await race(*(check(container, wrong(other_code), id=locked) for _ in range(5)))

    assert await redis.exists(key("secret", right), key("secret", locked)) == 0


@pytest.mark.parametrize("keep", [0, 60, 86400])
async def test_guesses_after_the_last_are_told_so_however_short_records_are_kept(make_container, clock, keep):
    """A locked verification is remembered until its code would have expired."""
    async with make_container(keep=keep) as container:
        id, code = await ask_for_code(container)
        await race(*(check(container, wrong(code), id=id) for _ in range(5)))

        with pytest.raises(TooManyAttempts):
            await check(container, code, id=id)

        clock.tick(seconds=300)
        with pytest.raises(NoPendingVerification):
            await check(container, code, id=id)


async def test_generations_leave_no_trail(make_container, redis, key):
    """Of many approvals, the moments of the last ten are kept: none older can still be pending."""
    async with make_container(limit_sends_per_number="off") as container:
        for _ in range(15):
            id, code = await ask_for_code(container)
            await check(container, code, id=id)

    (number,) = [name async for name in redis.scan_iter(f"{key('number')}:*")]
    fields = await redis.hkeys(number)
    assert len(fields) == 11
    assert await redis.hget(number, "generation:login") == b"15"
