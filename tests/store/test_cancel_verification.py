"""cancel_verification: end a pending verification."""

import asyncio
from collections import Counter

from app.domain.errors import NoPendingVerification
from app.domain.verification import Approval, State
from tests.support.actions import cancel, check, read_verification, start_verification, start_with_code


async def test_one_of_many_racing_cancels_succeeds(container, redis, key):
    verification = await start_verification(container)

    answers = await asyncio.gather(*(cancel(container, verification.id) for _ in range(20)), return_exceptions=True)

    assert Counter(map(type, answers)) == {type(None): 1, NoPendingVerification: 19}
    assert not await redis.exists(key("secret", verification.id))


async def test_racing_cancel_and_correct_code_do_not_both_succeed(container):
    for number in ("+31612345678", "+31612345679", "+31612345670"):
        id, code = await start_with_code(container, number)

        answers = await asyncio.gather(cancel(container, id), check(container, code, id=id), return_exceptions=True)

        result_types = Counter(map(type, answers))
        state = (await read_verification(container, id)).state
        assert result_types[NoPendingVerification] == 1
        assert state == (State.APPROVED if result_types[Approval] else State.CANCELED)
