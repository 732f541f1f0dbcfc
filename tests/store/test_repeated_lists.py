"""A list of messages under one Idempotency-Key, when it was refused as a whole or the settings have changed since."""

import asyncio
from dataclasses import replace

import pytest

from app.domain.errors import IdempotencyKeyReused, RateLimited
from app.domain.outgoing_message import AcceptedMessage
from app.domain.request_context import IdempotencyScope
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.outgoing import message_request, send_messages

KEY = IdempotencyScope("list-1", "body")
THIRD = "+31612345670"


async def test_list_that_a_limit_has_refused_as_a_whole_may_be_repeated(make_container, clock):
    async with make_container(limit_sends_per_app="2/min") as container:
        await send_messages(container, THIRD, THIRD[:-1] + "1")
        refused = await send_messages(container, PHONE, OTHER_PHONE, idempotency=KEY)
        clock.tick(seconds=61)
        repeated = await send_messages(container, PHONE, OTHER_PHONE, idempotency=KEY)

    assert [type(one.error) for one in refused] == [RateLimited, RateLimited]
    assert [type(one) for one in repeated] == [AcceptedMessage, AcceptedMessage]


async def test_list_of_which_a_part_was_accepted_keeps_its_answer(make_container, clock):
    async with make_container(limit_sends_per_app="1/min") as container:
        first = await send_messages(container, PHONE, OTHER_PHONE, idempotency=KEY)
        clock.tick(seconds=61)
        repeated = await send_messages(container, PHONE, OTHER_PHONE, idempotency=KEY)

    assert repeated[0] == first[0]
    assert type(repeated[1].error) is RateLimited


async def test_racing_repeats_of_a_refused_list_send_it_once(make_container, clock):
    async with make_container(limit_sends_per_app="2/min") as container:
        await send_messages(container, THIRD, THIRD[:-1] + "1")
        await send_messages(container, PHONE, OTHER_PHONE, idempotency=KEY)
        clock.tick(seconds=61)

        answers = await asyncio.gather(
            *(send_messages(container, PHONE, OTHER_PHONE, idempotency=KEY) for _ in range(10))
        )

        assert len({tuple(one.id for one in answer) for answer in answers}) == 1


async def test_repeat_after_a_country_was_closed_is_another_request(container):
    """The stored answer is that of two recipients, and one is left."""
    both = message_request(container, PHONE, "+447400123456", idempotency=KEY)
    await container.send_messages(both)
    app = both.call.app
    numbers = replace(app.policy.numbers, countries=frozenset({"NL"}))
    closed = replace(app, policy=replace(app.policy, numbers=numbers))

    with pytest.raises(IdempotencyKeyReused):
        await container.send_messages(replace(both, call=replace(both.call, app=closed)))
