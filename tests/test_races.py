"""Racing code checks have one consistent outcome; on a real Redis, because only there are calls truly concurrent."""

import asyncio

import pytest

from app.container import open_container
from app.domain.errors import IncorrectCode, NoPendingVerification, TooManyAttempts
from app.domain.verification import Approval
from tests.support.actions import check, code_of, start_verification
from tests.support.builders import make_settings

CALLERS = 50

race_counts = pytest.mark.parametrize("races", [100, pytest.param(10_000, marks=pytest.mark.long)])


@pytest.fixture
async def container(engine_url, tag):
    async with open_container(make_settings(engine_url, tag, failure_watch=False)) as made:
        await made.queue.open()
        yield made


@race_counts
async def test_exactly_one_of_fifty_concurrent_correct_checks_is_approved(container, races):
    """A code is accepted once, however many browsers send it in the same millisecond."""
    for outcomes in await race(container, races, right=True):
        assert outcomes.count(Approval) == 1
        assert outcomes.count(NoPendingVerification) == CALLERS - 1


@race_counts
async def test_fifty_concurrent_wrong_checks_count_exactly_the_allowed_attempts(container, races):
    """Guesses beyond the limit are refused uncounted, so parallel guessing gains nothing."""
    for outcomes in await race(container, races, right=False):
        assert outcomes.count(IncorrectCode) == container.apps["dev"].policy.attempts
        assert outcomes.count(TooManyAttempts) == CALLERS - container.apps["dev"].policy.attempts


async def race(container, races, *, right):
    """Run the races one after the other; return the result types of each."""
    outcomes = []
    for number in range(races):
        outcomes.append(await run_one(container, f"+3161{number:07d}", right=right))
        for job in await container.queue.take("sends", "races", most=1):
            await container.queue.finish(job)
    return outcomes


async def run_one(container, number, *, right):
    verification = await start_verification(container, number)
    code = await code_of(container, verification.id)
    submitted = code if right else f"{(int(code) + 1) % 10**6:06d}"
    answers = await asyncio.gather(
        *(check(container, submitted, id=verification.id) for _ in range(CALLERS)), return_exceptions=True
    )
    return [type(answer) for answer in answers]
