"""A number asks for a code."""

import asyncio

import pytest

from app.domain.errors import RateLimited
from app.services.request_code import request_code
from tests.support.makers import make_ask


async def ask(tools, **changes):
    return await request_code(
        make_ask(**changes),
        policy=tools.policy,
        keyring=tools.keyring,
        verifications=tools.verifications,
        chance=tools.chance,
    )


async def test_a_new_verification_has_its_whole_life_before_it(tools, clock):
    standing = await ask(tools)

    assert standing.id.startswith("vf_")
    assert standing.expires_at - clock() == 300_000
    assert standing.resend_at - clock() == 30_000
    assert (standing.attempts_left, standing.sends_left) == (5, 2)


async def test_parallel_requests_share_the_sends_of_a_number(tools):
    """Fifty requests at once send exactly the three SMS that ten minutes allow."""
    answers = await asyncio.gather(*(ask(tools) for _ in range(50)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(RateLimited) == 47


async def test_a_refused_request_spends_nothing(tools, clock):
    for _ in range(3):
        await ask(tools)
    for _ in range(10):
        with pytest.raises(RateLimited):
            await ask(tools)

    clock.tick(seconds=600)

    assert await ask(tools)
