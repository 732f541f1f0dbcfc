"""cancel_message: end an outgoing message while no gateway was called for it."""

import asyncio
from collections import Counter

import pytest

from app.domain.errors import NoSuchMessage
from app.domain.jobs import SendJob
from app.services.deliver_message import Completed
from tests.support.fake_gateways import FakeGateway, deliver_job
from tests.support.outgoing import accepted_id


async def cancel(container, id, *, app="dev"):
    await container.cancel_message(id, container.apps[app])


async def test_one_of_many_racing_cancels_succeeds(container, redis, key):
    id = await accepted_id(container)

    answers = await asyncio.gather(*(cancel(container, id) for _ in range(20)), return_exceptions=True)

    assert Counter(map(type, answers)) == {type(None): 1, NoSuchMessage: 19}
    assert not await redis.exists(key("text", id))


async def test_racing_cancel_and_delivery_do_not_both_succeed(container):
    for _ in range(5):
        gateway, id = FakeGateway(), await accepted_id(container)

        canceled, delivered = await asyncio.gather(
            cancel(container, id), deliver_job(container, gateway, SendJob(id, 1)), return_exceptions=True
        )

        assert (canceled is None) is (gateway.sent == [])
        assert delivered == Completed("dropped" if canceled is None else "sent")


async def test_scheduled_message_is_canceled_and_never_queued(container, redis, key, clock):
    id = await accepted_id(container, send_at=clock.now + 60_000)

    await cancel(container, id)

    clock.tick(seconds=61)
    await container.queue.requeue_due_jobs()
    assert [await redis.xlen(key("messages_queue")), await redis.zcard(key("scheduled"))] == [0, 0]


async def test_message_of_another_app_cannot_be_canceled(container):
    id = await accepted_id(container)

    with pytest.raises(NoSuchMessage):
        await cancel(container, id, app="bank")


async def test_message_that_was_sent_or_expired_cannot_be_canceled(container, clock):
    sent, expired = await accepted_id(container), await accepted_id(container, ttl=30)
    await deliver_job(container, FakeGateway(), SendJob(sent, 1))
    clock.tick(seconds=30)

    for id in (sent, expired, "ms_unknown"):
        with pytest.raises(NoSuchMessage):
            await cancel(container, id)
