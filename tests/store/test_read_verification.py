"""read_verification: read a verification, its state and its messages at the same time."""

import asyncio

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.verification import State
from tests.support.actions import check, read_verification, start_verification, start_with_code
from tests.support.messages import open_message


async def test_reads_racing_an_approval_return_a_consistent_state(container):
    """While a correct code is checked, each read returns a pending state without an end or an approved one with it."""
    id, code = await start_with_code(container)

    _, *reads = await asyncio.gather(
        check(container, code, id=id), *(read_verification(container, id) for _ in range(30))
    )

    for read in reads:
        assert (read.state, read.attempts_left, read.ended_at is None) in {
            (State.PENDING, 5, True),
            (State.APPROVED, 4, False),
        }


async def test_verification_of_another_app_is_not_found(container):
    verification = await start_verification(container)

    for id, app in ((verification.id, "bank"), ("vf_none", "dev"), ("", "dev")):
        with pytest.raises(NoPendingVerification):
            await read_verification(container, id, app=app)


async def test_deleted_message_is_omitted(container, redis, key):
    job = await open_message(container)
    await redis.delete(key("message", "ms_1"))

    (send,) = (await read_verification(container, job.record)).sends
    assert send.messages == []
