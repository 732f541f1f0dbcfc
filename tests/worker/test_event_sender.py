"""The worker sends events: slots for each endpoint, leases, shutdown, several workers, and an unavailable Redis."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from app.domain.errors import TemporarilyUnavailable
from app.services.deliver_event import SLOTS
from app.worker.event_sender import EventSender
from tests.support.actions import check, start_verification, start_with_code
from tests.support.event_receiver import Receiver, event_apps, state_of, take, work_until
from tests.support.fake_vendor import Answer, Fault
from tests.support.running_worker import running_worker
from tests.support.stores import on_both_stores, on_the_engine
from tests.support.waiting import until

NUMBERS = [f"+3161234{last:04}" for last in range(60)]
TYPES = ["verification.requested"]


@pytest.fixture
async def receiver():
    async with Receiver() as receiver:
        yield receiver


@asynccontextmanager
async def sending(container, *, slots=SLOTS, deliver_event=None):
    """Send events as a worker does, until the block ends."""
    stop, wake = asyncio.Event(), asyncio.Event()
    sender = EventSender(deliver_event or container.deliver_event, wake, slots=slots, finish_s=0.2)
    task = asyncio.create_task(sender.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def request_codes(container, count):
    return [(await start_verification(container, number)).id for number in NUMBERS[:count]]


def ids_of(receiver):
    return sorted(event["data"]["verification_id"] for event in receiver.events)


@on_both_stores
async def test_two_workers_send_each_event_once(make_container, receiver):
    async with make_container(apps=event_apps(receiver.url, types=TYPES)) as container:
        ids = await request_codes(container, 60)
        async with sending(container), sending(container):
            await until(lambda: len(receiver.requests) >= 60)
            await until(lambda: _is_empty(container))

    assert ids_of(receiver) == sorted(ids)


async def test_a_slow_endpoint_delays_no_other(make_container, receiver):
    """It has its own slots: all its calls hang, and the events of the other one are sent."""
    async with Receiver(default_answer=Fault.HANG) as slow:
        events = [{"url": slow.url, "types": TYPES}, {"url": receiver.url, "types": TYPES}]
        async with make_container(apps=json.dumps({"dev": {"events": events}})) as container:
            await request_codes(container, 60)
            async with sending(container, slots=3):
                await until(lambda: len(receiver.requests) == 60)
                assert len(slow.requests) == 3


async def test_a_stopping_worker_releases_what_it_could_not_send(make_container, receiver):
    receiver.answers(Fault.HANG)
    async with make_container(apps=event_apps(receiver.url, types=TYPES)) as container:
        (id,) = await request_codes(container, 1)
        async with sending(container):
            await receiver.wait_for_requests(1)

        (event,) = await take(container)  # at once: it need not wait for the end of a lease
        assert (event.subject, event.tries) == (id, 0)


async def test_an_event_whose_worker_died_before_it_stored_the_outcome_is_sent_again(make_container, receiver, clock):
    """The receiver sees the same id twice."""
    async with make_container(apps=event_apps(receiver.url, types=TYPES)) as container:
        await request_codes(container, 1)
        (event,) = await take(container)
        dead = replace(container.deliver_event, deliveries=UnavailableOutcomes(container.deliver_event.deliveries))
        with pytest.raises(TemporarilyUnavailable):
            await dead(event)
        clock.tick(seconds=30)
        async with sending(container):
            await receiver.wait_for_requests(2)
            await until(lambda: _is_empty(container))

    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_a_worker_continues_when_redis_is_back(make_container, receiver):
    async with make_container(apps=event_apps(receiver.url, types=TYPES)) as container:
        await request_codes(container, 1)
        deliveries = FailingTakes(container.deliver_event.deliveries)
        async with sending(container, deliver_event=replace(container.deliver_event, deliveries=deliveries)):
            await receiver.wait_for_requests(1)

    assert deliveries.failures == []


async def test_a_bug_counts_as_a_try_and_is_logged(make_container, receiver, logged_lines):
    async with make_container(apps=event_apps(receiver.url, types=TYPES)) as container:
        await request_codes(container, 1)
        broken = replace(container.deliver_event, http_pool=None)
        async with sending(container, deliver_event=broken):
            await until(lambda: _fails(container))

        assert (await state_of(container)).why == "bug"
        assert (await state_of(container)).waiting == 1
    assert b'"bug"' in logged_lines.getvalue()


@on_the_engine
async def test_events_are_sent_while_no_sms_can_be(make_container, receiver):
    """A whole worker: its gateways and its events do not wait for each other."""
    async with make_container(apps=event_apps(receiver.url)) as container:
        id, code = await start_with_code(container)
        await check(container, code, id=id)
        await work_until(container, lambda: "verification.approved" in receiver.types)


async def test_an_expiry_is_sent_by_a_worker(make_container, receiver, clock):
    async with make_container(apps=event_apps(receiver.url, types=["verification.expired"])) as container:
        verification = await start_verification(container)
        clock.tick(seconds=300)
        async with running_worker(container):
            await receiver.wait_for_requests(1)

    assert receiver.of("verification.expired")[0]["verification_id"] == verification.id


async def test_an_unreadable_answer_does_not_end_the_worker(make_container, receiver):
    receiver.answers(Fault.RESET, Answer(200, length=5), Answer(500, body=b"\xff" * 1000))
    async with make_container(apps=event_apps(receiver.url, types=TYPES)) as container:
        await request_codes(container, 6)
        async with sending(container):
            await until(lambda: len(receiver.requests) >= 6)


class UnavailableOutcomes:
    """Redis is not there when the outcome is stored."""

    def __init__(self, deliveries):
        self._deliveries = deliveries

    async def settle(self, *args, **how):
        raise TemporarilyUnavailable


class FailingTakes:
    """Redis is not there, and then answers with an unexpected error, and then as it should."""

    def __init__(self, deliveries):
        self._deliveries = deliveries
        self.failures = [TemporarilyUnavailable(), ValueError()]

    async def take(self, rooms):
        if self.failures:
            raise self.failures.pop(0)
        return await self._deliveries.take(rooms)

    def __getattr__(self, name):
        return getattr(self._deliveries, name)


async def _is_empty(container):
    return (await state_of(container)).waiting == 0


async def _fails(container):
    return (await state_of(container)).failing_since
