"""Many callers at once, one truth afterwards; on a real engine, for only there callers are truly at once."""

import asyncio
from dataclasses import replace

import pytest

from app.domain.errors import IncorrectCode, NoPendingVerification, TooManyAttempts
from app.domain.limit import Limit
from app.domain.queued import SendJob
from app.domain.verification import Approval
from app.services.generate import code_of
from app.services.request_code import request_code
from app.services.verify_code import verify_code
from app.wiring import open_tools
from tests.support.makers import make_ask, make_guess, make_settings

CALLERS = 50
AT_ONCE = 20

sizes = pytest.mark.parametrize("races", [300, pytest.param(10_000, marks=pytest.mark.long)])


@pytest.fixture
async def tools(engine_url, tag):
    async with open_tools(make_settings(engine_url, tag)) as made:
        await made.queue.open()
        yield made


@sizes
async def test_of_fifty_right_answers_at_once_exactly_one_is_approved(tools, races):
    """A code works once, however many browsers send it in the same millisecond."""
    for outcomes in await race(tools, races, right=True):
        assert outcomes.count(Approval) == 1
        assert outcomes.count(NoPendingVerification) == CALLERS - 1


@sizes
async def test_of_fifty_wrong_answers_at_once_exactly_the_cap_is_counted(tools, races):
    """Guesses past the cap are refused uncounted, so parallel guessing buys nothing."""
    for outcomes in await race(tools, races, right=False):
        assert outcomes.count(IncorrectCode) == tools.policy.attempts
        assert outcomes.count(TooManyAttempts) == CALLERS - tools.policy.attempts


async def race(tools, races, *, right):
    """Run so many races, some side by side, and tell the class of each answer."""
    outcomes = []
    for start in range(0, races, AT_ONCE):
        numbers = [f"+3161{start + lane:07d}" for lane in range(AT_ONCE)]
        outcomes += await asyncio.gather(*(run_one(tools, number, right=right) for number in numbers))
        for job in await tools.queue.take("sends", "races", most=AT_ONCE):
            await tools.queue.finish(job)
    return outcomes


async def run_one(tools, number, *, right):
    policy = replace(tools.policy, sends_per_number=Limit(()))
    standing = await request_code(
        make_ask(number), policy=policy, keyring=tools.keyring, verifications=tools.verifications, chance=tools.chance
    )
    code = await sent_code(tools, standing.id)
    guess = make_guess(code if right else f"{(int(code) + 1) % 10**6:06d}", id=standing.id)
    answers = await asyncio.gather(
        *(
            verify_code(
                guess,
                policy=policy,
                keyring=tools.keyring,
                checks=tools.checks,
                signer=tools.signer,
                chance=tools.chance,
            )
            for _ in range(CALLERS)
        ),
        return_exceptions=True,
    )
    return [type(answer) for answer in answers]


async def sent_code(tools, id):
    """Open the SMS as the worker would, and derive the code that it says."""
    opened = await tools.messages.begin(SendJob(id, 1), message_id=f"ms_{id}", gateway="test")
    return code_of(opened.secret, verification=id, length=tools.policy.code_length, keyring=tools.keyring)
