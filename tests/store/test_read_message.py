"""read_message: read an outgoing message, or an SMS of a verification, with the record that it belongs to."""

import asyncio

import pytest

from app.domain.errors import NoSuchMessage
from app.domain.jobs import SendJob
from app.domain.status import Status
from tests.support.fake_gateways import FakeGateway, deliver_job
from tests.support.outgoing import accepted_id


async def read(container, id, *, app="dev"):
    return await container.get_message(id, container.apps[app])


async def test_reads_racing_a_delivery_return_a_consistent_status(container):
    """While a gateway is called, each read returns a message that waits or was sent, with its gateway."""
    id = await accepted_id(container)

    _, *reads = await asyncio.gather(
        deliver_job(container, FakeGateway(), SendJob(id, 1)), *(read(container, id) for _ in range(30))
    )

    for found in reads:
        assert (found.status, len(found.messages)) in {(Status.QUEUED, 0), (Status.QUEUED, 1), (Status.SENT, 1)}


async def test_message_of_another_app_is_not_found(container):
    sent = await accepted_id(container)

    for id, app in ((sent, "bank"), ("ms_none", "dev"), ("", "dev")):
        with pytest.raises(NoSuchMessage):
            await read(container, id, app=app)


async def test_damaged_record_is_not_found(container, redis, key):
    id = await accepted_id(container)
    await redis.hset(key("outgoing", id), "number", "damaged")

    with pytest.raises(NoSuchMessage):
        await read(container, id)
