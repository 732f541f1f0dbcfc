"""look_at_verification: record, standing and messages of one moment."""

import asyncio

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.verification import State
from tests.support.actions import ask, ask_for_code, check, look
from tests.support.messages import open_message


async def test_a_look_sees_before_or_after_and_nothing_between(tools):
    """While a right code is checked, each look sees a pending one without an end, or an approved one with its end."""
    id, code = await ask_for_code(tools)

    _, *views = await asyncio.gather(check(tools, code, id=id), *(look(tools, id) for _ in range(30)))

    for view in views:
        assert (view.state, view.attempts_left, view.ended_at is None) in {
            (State.PENDING, 5, True),
            (State.APPROVED, 4, False),
        }


async def test_another_apps_verification_is_not_there(tools):
    standing = await ask(tools)

    for id, app in ((standing.id, "bank"), ("vf_none", "dev"), ("", "dev")):
        with pytest.raises(NoPendingVerification):
            await look(tools, id, app=app)


async def test_a_message_that_is_gone_is_left_out(tools, redis, key):
    job = await open_message(tools)
    await redis.delete(key("message", "ms_1"))

    (send,) = (await look(tools, job.verification)).sends
    assert send.messages == []
