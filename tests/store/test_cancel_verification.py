"""cancel_verification: end a pending verification."""

import asyncio
from collections import Counter

from app.domain.errors import NoPendingVerification
from app.domain.verification import Approval, State
from tests.support.actions import ask, ask_for_code, cancel, check, look


async def test_of_racing_cancels_one_ends_it(container, redis, key):
    standing = await ask(container)

    answers = await asyncio.gather(*(cancel(container, standing.id) for _ in range(20)), return_exceptions=True)

    assert Counter(map(type, answers)) == {type(None): 1, NoPendingVerification: 19}
    assert not await redis.exists(key("secret", standing.id))


async def test_a_cancel_and_a_right_code_at_once_do_not_both_win(container):
    for number in ("+31612345678", "+31612345679", "+31612345670"):
        id, code = await ask_for_code(container, number)

        answers = await asyncio.gather(cancel(container, id), check(container, code, id=id), return_exceptions=True)

        kinds = Counter(map(type, answers))
        state = (await look(container, id)).state
        assert kinds[NoPendingVerification] == 1
        assert state == (State.APPROVED if kinds[Approval] else State.CANCELED)
