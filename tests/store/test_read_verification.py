"""look_at_verification: record, standing and messages of one moment."""

import asyncio

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.verification import State
from tests.support.actions import ask, ask_for_code, check, look
from tests.support.messages import open_message


async def test_a_look_sees_before_or_after_and_nothing_between(container):
    """While a right code is checked, each look sees a pending one without an end, or an approved one with its end."""
    id, code = await ask_for_code(container)

    _, *verification_reads = await asyncio.gather(
        check(container, code, id=id), *(look(container, id) for _ in range(30))
    )

    for view in verification_reads:
        assert (view.state, view.attempts_left, view.ended_at is None) in {
            (State.PENDING, 5, True),
            (State.APPROVED, 4, False),
        }


async def test_another_apps_verification_is_not_there(container):
    standing = await ask(container)

    for id, app in ((standing.id, "bank"), ("vf_none", "dev"), ("", "dev")):
        with pytest.raises(NoPendingVerification):
            await look(container, id, app=app)


async def test_a_message_that_is_gone_is_left_out(container, redis, key):
    job = await open_message(container)
    await redis.delete(key("message", "ms_1"))

    (send,) = (await look(container, job.verification)).sends
    assert send.messages == []
