"""Many callers at once, one truth afterwards; on a real engine, for only there callers are truly at once."""

import asyncio

import pytest

from app.container import open_container
from app.domain.errors import IncorrectCode, NoPendingVerification, TooManyAttempts
from app.domain.verification import Approval
from tests.support.actions import ask, check, code_of
from tests.support.builders import make_settings

CALLERS = 50

sizes = pytest.mark.parametrize("races", [300, pytest.param(10_000, marks=pytest.mark.long)])


@pytest.fixture
async def container(engine_url, tag):
    async with open_container(make_settings(engine_url, tag, failure_watch=False)) as made:
        await made.queue.open()
        yield made


@sizes
async def test_of_fifty_right_answers_at_once_exactly_one_is_approved(container, races):
    """A code works once, however many browsers send it in the same millisecond."""
    for outcomes in await race(container, races, right=True):
        assert outcomes.count(Approval) == 1
        assert outcomes.count(NoPendingVerification) == CALLERS - 1


@sizes
async def test_of_fifty_wrong_answers_at_once_exactly_the_cap_is_counted(container, races):
    """Guesses past the cap are refused uncounted, so parallel guessing buys nothing."""
    for outcomes in await race(container, races, right=False):
        assert outcomes.count(IncorrectCode) == container.apps["dev"].policy.attempts
        assert outcomes.count(TooManyAttempts) == CALLERS - container.apps["dev"].policy.attempts


async def race(container, races, *, right):
    """Run so many races, one after the other, and tell the class of each answer."""
    outcomes = []
    for number in range(races):
        outcomes.append(await run_one(container, f"+3161{number:07d}", right=right))
        for job in await container.queue.take("sends", "races", most=1):
            await container.queue.finish(job)
    return outcomes


async def run_one(container, number, *, right):
    standing = await ask(container, number)
    code = await code_of(container, standing.id)
    typed = code if right else f"{(int(code) + 1) % 10**6:06d}"
    answers = await asyncio.gather(
        *(check(container, typed, id=standing.id) for _ in range(CALLERS)), return_exceptions=True
    )
    return [type(answer) for answer in answers]
