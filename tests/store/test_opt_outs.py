"""Opt-outs from messages as scripts store them: from an answer or a report, bounded, by moments."""

import asyncio

import pytest

from app.domain.jobs import SendJob
from app.domain.message import Accepted
from tests.support.builders import PHONE
from tests.support.messages import apply_report, record_outcome, report_job
from tests.support.opt_outs import SENDER, STOP, apps, deliver, opt_out, stored_opt_outs
from tests.support.outgoing import accepted_id, send_messages

YEAR_MS = 365 * 86_400_000


@pytest.fixture
async def shop(make_container):
    async with make_container(apps=apps(), limit_messages_per_number="off") as container:
        yield container


async def open_outgoing(container, *, sender=SENDER, **changes):
    """Send a message and open it for a gateway call; return its id."""
    id = await accepted_id(container, **changes)
    await container.messages.open(
        SendJob(id, 1), message_id=id, gateway="carrier", by="job-1", tried=0, why="", country="NL", sender=sender
    )
    return id


@pytest.mark.parametrize("source", ["answer", "report", "parked report"])
async def test_opt_out_is_stored_by_app_and_sender_with_its_moment(shop, redis, key, clock, source):
    id, report = await open_outgoing(shop), report_job(shop, "failed", reason="opted_out")
    if source == "parked report":
        assert await apply_report(shop, report) == "parked"
    await record_outcome(shop, STOP if source == "answer" else Accepted("v-1"), id=id)
    if source == "report":
        assert await apply_report(shop, report) == "moved"

    assert await stored_opt_outs(redis, key, shop) == {SENDER: clock()}
    assert await redis.keys(key("opted_out", "*")) == []
    name = shop.store.encryption.name_number(PHONE)
    assert abs(await redis.pttl(key("opt_outs", "dev", name)) - 5 * YEAR_MS) < 60_000


async def test_first_moment_stays(shop, redis, key, clock):
    """It is what an operator is shown; each refusal of ours and of the vendor repeats the opt-out."""
    waiting, told_twice = await accepted_id(shop), await open_outgoing(shop)
    await opt_out(shop)
    since = clock()
    clock.tick(seconds=60)

    await deliver(shop, waiting)
    await record_outcome(shop, STOP, id=told_twice)

    assert await stored_opt_outs(redis, key, shop) == {SENDER: since}


async def test_opt_out_that_is_over_begins_anew(shop, redis, key, clock):
    await opt_out(shop)
    clock.tick(ms=5 * YEAR_MS)

    await opt_out(shop)

    assert await stored_opt_outs(redis, key, shop) == {SENDER: clock()}


async def test_twenty_senders_of_an_app_are_stored(shop, redis, key, clock):
    for number in range(21):
        await record_outcome(shop, STOP, id=await open_outgoing(shop, sender=f"Shop {number}"))
        clock.tick(ms=1)

    assert list(await stored_opt_outs(redis, key, shop)) == [f"Shop {number}" for number in range(1, 21)]


async def test_refusal_without_a_call_stores_none(shop, redis, key):
    """A message of an earlier version has no sender either."""
    await record_outcome(shop, STOP, id=await open_outgoing(shop, sender=""))

    assert await stored_opt_outs(redis, key, shop) == {}
    assert await redis.keys(key("opted_out", "*")) == []


async def test_opt_out_racing_with_requests_refuses_each_message_once(shop):
    """At its acceptance, or else by its worker: none is sent after the opt-out."""
    id, requests = await open_outgoing(shop), [send_messages(shop) for _ in range(20)]

    await asyncio.gather(*requests[:10], record_outcome(shop, STOP, id=id), *requests[10:])

    (refused,) = await send_messages(shop)
    assert refused.error.code == "opted_out"
    waiting = await shop.queue.take("messages", "w", most=30)
    outcomes = [await deliver(shop, job.fields["message"]) for job in waiting]
    assert {outcome.what for outcome in outcomes[1:]} <= {"refused_opted_out"}


async def test_opt_out_of_a_forgotten_message_is_not_stored(shop, redis, key):
    id = await open_outgoing(shop)
    await shop.numbers.forget("dev", shop.store.encryption.name_number(PHONE))

    await record_outcome(shop, STOP, id=id)

    assert await stored_opt_outs(redis, key, shop) == {}


async def test_opt_out_survives_that_its_number_is_forgotten(shop, redis, key):
    """The person wants no message: without it, the app would begin to send again."""
    await opt_out(shop)

    await shop.numbers.forget("dev", shop.store.encryption.name_number(PHONE))

    assert list(await stored_opt_outs(redis, key, shop)) == [SENDER]
    (refused,) = await send_messages(shop)
    assert refused.error.code == "opted_out"
