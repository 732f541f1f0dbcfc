"""end_message: end an outgoing message that will not be sent any more, and erase its text."""

import asyncio

import pytest

from app.domain.errors import NoSuchMessage
from app.domain.gateway import Refused
from app.domain.jobs import SendJob
from app.domain.message import Accepted
from app.domain.status import Reason, Status
from tests.support.event_receiver import event_apps, take
from tests.support.messages import open_attempt, record_outcome
from tests.support.outgoing import accepted_id

TTL = 60


@pytest.fixture
async def container(make_container):
    async with make_container(apps=event_apps(types=["message.failed"])) as container:
        yield container


async def read(container, id):
    return await container.get_message(id, container.apps["dev"])


async def events_of(container):
    """Return the `data` of each event that is due."""
    return [event.data(event.type) for event in await take(container)]


async def call_gateway(container, id, outcome, *, message_id=None, tried=0):
    """Open a message and record the outcome of its gateway, as a worker does."""
    await open_attempt(container, SendJob(id, 1), id=message_id or id, tried=tried)
    await record_outcome(container, outcome, id=message_id or id)


async def test_a_message_whose_time_is_over_expires_with_an_event(container, clock, redis, key):
    id = await accepted_id(container, ttl=TTL, reference="order-9")
    clock.tick(seconds=TTL)

    assert await container.deliver_message.outgoing.end(id, Status.EXPIRED)

    (event,) = await events_of(container)
    assert {name: event[name] for name in ("message_id", "status", "reference", "gateway", "phone_number")} == {
        "message_id": id,
        "status": "expired",
        "reference": "order-9",
        "gateway": None,
        "phone_number": "+31*******78",
    }
    assert (await read(container, id)).status is Status.EXPIRED
    assert not await redis.exists(key("text", id))


async def test_a_message_that_is_given_up_expires_before_its_time(container, redis, key):
    """Its next try would come too late."""
    id = await accepted_id(container, ttl=TTL)

    assert await container.deliver_message.outgoing.end(id, Status.EXPIRED)

    assert (await read(container, id)).status is Status.EXPIRED
    assert not await redis.exists(key("text", id))
    assert len(await events_of(container)) == 1


async def test_racing_workers_end_a_message_once(container, clock):
    id = await accepted_id(container, ttl=TTL)
    clock.tick(seconds=TTL)

    ends = await asyncio.gather(*(container.deliver_message.outgoing.end(id, Status.EXPIRED) for _ in range(20)))

    assert ends.count(True) == 1
    assert len(await events_of(container)) == 1


async def test_racing_cancel_and_end_leave_one_end(container):
    ids = [await accepted_id(container, f"+316123456{number:02}", ttl=TTL) for number in range(20)]
    app = container.apps["dev"]

    calls = [
        (container.deliver_message.outgoing.end(id, Status.EXPIRED), container.cancel_message(id, app)) for id in ids
    ]
    ends = await asyncio.gather(*(call for pair in calls for call in pair), return_exceptions=True)

    for ended, canceled in zip(ends[::2], ends[1::2], strict=True):
        assert ended is not isinstance(canceled, NoSuchMessage) or ended is True
    assert len(await events_of(container)) == ends[::2].count(True)


async def test_a_message_that_was_handed_over_does_not_end(container, clock):
    id = await accepted_id(container, ttl=TTL)
    await call_gateway(container, id, Accepted("v-1"))

    assert not await container.deliver_message.outgoing.end(id, Status.EXPIRED)
    clock.tick(seconds=TTL)
    assert not await container.deliver_message.outgoing.end(id, Status.EXPIRED)
    assert (await read(container, id)).status is Status.SENT
    assert await events_of(container) == []


async def test_a_message_that_the_last_gateway_refused_has_failed(container, clock):
    """Its event was written when the gateway refused it."""
    id = await accepted_id(container, ttl=TTL)
    await call_gateway(container, id, Refused("no", reason=Reason.NO_CREDIT))
    clock.tick(seconds=TTL)

    assert await container.deliver_message.outgoing.end(id, Status.EXPIRED)

    assert (await read(container, id)).status is Status.FAILED
    assert [event["status"] for event in await events_of(container)] == ["failed"]


@pytest.mark.parametrize("status", [Status.FAILED, Status.UNKNOWN])
async def test_what_a_gateway_answered_ends_a_message_without_an_event(container, redis, key, status):
    id = await accepted_id(container, ttl=TTL)

    assert await container.deliver_message.outgoing.end(id, status)

    assert not await redis.exists(key("text", id))
    assert await events_of(container) == []


async def test_a_canceled_or_unknown_message_does_not_end(container):
    id = await accepted_id(container)
    await container.cancel_message(id, container.apps["dev"])

    assert not await container.deliver_message.outgoing.end(id, Status.EXPIRED)
    assert not await container.deliver_message.outgoing.end("ms_none", Status.EXPIRED)
    assert (await read(container, id)).status == "canceled"
