"""Failover between gateways while a message is sent, without needless duplicates."""

import asyncio

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.gateway_throttle import GatewayThrottle, RateConfig
from app.domain.jobs import SendJob
from app.domain.route import RouteStep
from app.domain.status import Reason, Status
from app.services.deliver_message import Bury, Completed, Retry
from tests.support.actions import read_verification, start_verification
from tests.support.builders import PHONE
from tests.support.fake_gateways import BlockingGateway, FakeGateway, deliver_job_with, delivery_with
from tests.support.messages import apply_report, open_attempt, report_job
from tests.support.stores import on_both_stores
from tests.support.waiting import until

REFUSALS = [Refused("no", reason=reason) for reason in Reason if not reason.concerns_number]
FAILURES = [*REFUSALS, Unreachable("away"), Unsure("?")]


@pytest.fixture
async def job(container):
    return SendJob((await start_verification(container)).id, 1)


async def history(container, job):
    """Return each message's gateway, status and history words."""
    (send,) = (await read_verification(container, job.record)).sends
    return [(one.gateway, one.status, [moment.word for moment in one.history]) for one in send.messages]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: f"{type(failure).__name__} {failure.reason}")
async def test_the_next_gateway_sends_the_same_code_after_a_failure(container, job, failure):
    one, two = FakeGateway(failure, name="one"), FakeGateway(name="two")

    assert await deliver_job_with(delivery_with(container, one, two), job) == Completed("sent")

    assert one.codes == two.codes
    assert one.sent[0].id != two.sent[0].id


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.concerns_number])
async def test_a_refusal_that_concerns_the_number_stops_the_failover(container, job, reason):
    """Each gateway would refuse it too, and some close the accounts of senders that repeat it."""
    one, two = FakeGateway(Refused("no", reason=reason), name="one"), FakeGateway(name="two")

    assert await deliver_job_with(delivery_with(container, one, two), job) == Completed(f"refused_{reason}")
    assert two.sent == []


async def test_the_history_explains_each_gateway_choice(container, job):
    one = FakeGateway(Refused("no", reason=Reason.NO_CREDIT, word="E31"), name="one")
    two, three = FakeGateway(Unsure("?", word="HTTP 500"), name="two"), FakeGateway(name="three")

    await deliver_job_with(delivery_with(container, one, two, three), job)

    assert await history(container, job) == [
        ("one", Status.FAILED, ["", "E31"]),
        ("two", Status.QUEUED, ["one failed", "HTTP 500"]),
        ("three", Status.SENT, ["one failed, two unsure", "accepted"]),
    ]


async def test_the_job_is_buried_when_all_gateways_refuse(container, job):
    delivery = delivery_with(
        container,
        FakeGateway(Refused("no", reason=Reason.NO_CREDIT), name="one"),
        FakeGateway(Refused("no", reason=Reason.AUTH), name="two"),
    )
    assert await deliver_job_with(delivery, job) == Bury("refused_auth")


async def test_unreachable_gateways_are_retried_in_route_order(container, job):
    one, two = FakeGateway(Unreachable("away"), name="one"), FakeGateway(Unreachable("away"), name="two")
    delivery = delivery_with(container, one, two)

    assert await deliver_job_with(delivery, job) == Retry("unreachable", 500)
    assert await deliver_job_with(delivery, job, tries=1) == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (2, 1)


async def test_an_unsure_gateway_is_retried_when_no_other_is_left(container, job):
    one, two = FakeGateway(Unsure("?"), name="one"), FakeGateway(Refused("no", reason=Reason.AUTH), name="two")
    delivery = delivery_with(container, one, two)

    assert await deliver_job_with(delivery, job) == Retry("unsure", 500)
    assert await deliver_job_with(delivery, job, tries=1) == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (2, 1)


async def test_an_unsure_gateway_that_deduplicates_is_retried_first(container, job):
    """A repeat with the same id is no second SMS there."""
    one, two = FakeGateway(Unsure("?"), name="one", repeats_safely=True), FakeGateway(name="two")

    assert await deliver_job_with(delivery_with(container, one, two), job) == Completed("sent")
    assert one.sent[0].id == one.sent[1].id
    assert two.sent == []


async def test_an_unsure_gateway_that_deduplicates_is_retried_once(container, job):
    one, two = FakeGateway(*[Unsure("?")] * 9, name="one", repeats_safely=True), FakeGateway(name="two")

    assert await deliver_job_with(delivery_with(container, one, two), job) == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (2, 1)


async def test_a_failing_gateway_rests_and_is_then_probed(container, clock):
    one, two = FakeGateway(*[Unsure("?")] * 5, name="one"), FakeGateway(name="two")
    delivery = delivery_with(container, one, two)
    numbers = [f"+3161234{number:04}" for number in range(8)]
    jobs = [SendJob((await start_verification(container, number)).id, 1) for number in numbers]

    for job in jobs[:7]:
        await deliver_job_with(delivery, job)
    assert len(one.sent) == 5
    assert (await history(container, jobs[6]))[0] == ("two", Status.SENT, ["one resting", "accepted"])

    clock.tick(seconds=10)
    await deliver_job_with(delivery, jobs[7])
    assert len(one.sent) == 6


async def test_a_job_waits_uncounted_while_its_only_gateway_rests(container, job):
    delivery = delivery_with(container, FakeGateway(Refused("no", reason=Reason.AUTH)))
    assert await deliver_job_with(delivery, job) == Bury("refused_auth")
    other = SendJob((await start_verification(container, "+31612345679")).id, 1)

    assert await deliver_job_with(delivery, other) == Retry("resting", 10_000, counts=False)


async def test_retry_after_pauses_a_gateway_for_all_jobs(container, job):
    """Retry-After applies to all jobs, not only to this one."""
    one, two = FakeGateway(Unreachable("slow", reason=Reason.THROTTLED, after=7), name="one"), FakeGateway(name="two")
    delivery = delivery_with(container, one, two)
    other = SendJob((await start_verification(container, "+31612345679")).id, 1)

    await deliver_job_with(delivery, job)
    await deliver_job_with(delivery, other)

    assert (len(one.sent), len(two.sent)) == (1, 2)


async def test_a_full_gateway_is_skipped_and_never_exceeds_its_slots(container):
    slow, idle = BlockingGateway(), FakeGateway(name="idle")
    delivery = delivery_with(container, slow, idle, paces={"carrier": RateConfig(slots=3)})
    jobs = [SendJob((await start_verification(container, f"+3161234{number:04}")).id, 1) for number in range(10)]

    hanging = [asyncio.create_task(deliver_job_with(delivery, job, by=job.record)) for job in jobs]
    await until(lambda: len(slow.sent) + len(idle.sent) == 10)
    assert (len(slow.sent), len(idle.sent)) == (3, 7)

    slow.go.set()
    assert set(await asyncio.gather(*hanging)) == {Completed("sent")}


async def test_a_gateways_rate_is_enforced(container, clock):
    fake_gateway = FakeGateway()
    delivery = delivery_with(container, fake_gateway, paces={"carrier": RateConfig(rate=2)})
    jobs = [SendJob((await start_verification(container, f"+3161234{number:04}")).id, 1) for number in range(4)]

    answers = [await deliver_job_with(delivery, job) for job in jobs]
    assert answers[:2] == [Completed("sent")] * 2
    assert answers[2] == Retry("paced", 500, counts=False)

    clock.tick(ms=500)
    assert await deliver_job_with(delivery, jobs[2]) == Completed("sent")
    assert isinstance(await deliver_job_with(delivery, jobs[3]), Retry)


async def test_each_country_has_its_route_and_each_step_its_sender(container):
    """Rules differ by country: some accept an alphanumeric sender, others require a registered number."""
    one, two = FakeGateway(name="one"), FakeGateway(name="two")
    belgium = [[RouteStep("two", sender="+15550100", entity_id="E1", template_id="T1")]]
    delivery = delivery_with(container, one, two, countries={"BE": belgium})

    await deliver_job_with(delivery, SendJob((await start_verification(container, "+32470123456")).id, 1))
    await deliver_job_with(delivery, SendJob((await start_verification(container)).id, 1))

    assert [(one.sender, one.entity_id, one.template_id) for one in two.sent] == [("+15550100", "E1", "T1")]
    assert [message.sender for message in one.sent] == [""]


async def test_a_dead_workers_call_counts_as_unsure(container, job):
    """So the next gateway is called first, and the same one only where no other is left."""
    await open_attempt(container, job, gateway="one", by="job-1")
    one, two = FakeGateway(name="one"), FakeGateway(name="two")

    assert await deliver_job_with(delivery_with(container, one, two), job, by="job-1") == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (0, 1)


async def test_repeated_worker_deaths_lose_no_sms(container, job):
    for tried in range(5):
        await open_attempt(container, job, id=f"ms_{tried}", tried=tried, by="job-1")

    assert await deliver_job_with(
        delivery_with(container, fake_gateway := FakeGateway()), job, by="job-1"
    ) == Completed("sent")
    assert len(fake_gateway.sent) == 1


async def test_a_send_in_progress_in_another_job_is_skipped(container, job):
    await open_attempt(container, job, by="job-1")

    assert await deliver_job_with(
        delivery_with(container, fake_gateway := FakeGateway()), job, by="job-2"
    ) == Completed("in_progress_elsewhere")
    assert fake_gateway.sent == []


@on_both_stores
async def test_racing_jobs_send_one_sms(container, job):
    """A disconnected worker, the one that claimed its job, and the job of a failed report send one SMS."""
    delivery = delivery_with(container, fake_gateway := FakeGateway())

    answers = await asyncio.gather(*(deliver_job_with(delivery, job, by=f"job-{number}") for number in range(20)))

    assert len(fake_gateway.sent) == 1
    assert set(answers) <= {
        Completed("sent"),
        Completed("in_progress_elsewhere"),
        Retry("overtaken", 500, counts=False),
    }


async def test_a_replay_retries_gateways_that_refused(container, job):
    """The account may have been topped up meanwhile."""
    refusing = FakeGateway(Refused("no", reason=Reason.NO_CREDIT))
    assert isinstance(await deliver_job_with(delivery_with(container, refusing), job), Bury)
    replayed = SendJob(job.record, 1, replayed=True)

    assert await deliver_job_with(delivery_with(container, refusing), replayed, by="job-2") == Completed("sent")
    assert await deliver_job_with(delivery_with(container, refusing), replayed, by="job-2") == Completed("sent")
    assert len(refusing.sent) == 2


async def test_an_opted_out_number_is_refused_with_its_reason(container, job):
    one, two = FakeGateway(Refused("no", reason=Reason.OPTED_OUT, word="21610"), name="one"), FakeGateway(name="two")
    delivery = delivery_with(container, one, two)
    await deliver_job_with(delivery, job)
    later = SendJob((await start_verification(container)).id, 1)

    assert await deliver_job_with(delivery, later) == Completed("refused_opted_out")
    assert (len(one.sent), len(two.sent)) == (1, 0)
    assert await history(container, later) == [("one", Status.FAILED, ["", "remembered"])]


async def test_a_failed_report_before_the_response_triggers_the_failover(container, job):
    """The vendor accepted the message and reported its failure before its response was read."""

    class EarlyReporter(FakeGateway):
        async def send(self, message):
            report = report_job(container, "failed", reference=message.id, gateway="one", reason="provider_error")
            assert await apply_report(container, report, further=True) == "moved"
            return await super().send(message)

    one, two = EarlyReporter(name="one"), FakeGateway(name="two")
    assert await deliver_job_with(delivery_with(container, one, two), job) == Completed("sent")

    assert len(two.sent) == 1
    (queued_job,) = await container.queue.take("sends", "w", most=10)
    assert queued_job.fields == job.fields(), "the report queued no second job"


async def test_a_slow_worker_does_not_complete_a_claimed_job(container, redis, key, job):
    """It was paused in its call while another worker claimed the job: completing it now would delete it for both."""

    class Paused(FakeGateway):
        async def send(self, message):
            await open_attempt(container, job, id="ms_other", gateway="two", tried=1, by="job-1")
            raise Unreachable("away")

    delivery = delivery_with(container, Paused(name="one"), FakeGateway(name="two"))
    assert await deliver_job_with(delivery, job, by="job-1") == Retry("overtaken", 500, counts=False)


@pytest.mark.parametrize("then", ["failed", "silent"])
async def test_failover_continues_after_a_dead_workers_call(container, job, then):
    """The worker that claimed its job marked that call as abandoned."""
    await open_attempt(container, job, gateway="one", by="job-1")
    delivery = delivery_with(container, *(FakeGateway(name=name) for name in ("one", "two", "three")))
    assert await deliver_job_with(delivery, job, by="job-1") == Completed("sent")
    assert [one for one, *_ in await history(container, job)] == ["one", "two"]

    further = job
    if then == "failed":
        await apply_report(container, report_job(container, "failed", gateway="two", reason="provider_error"))
    else:
        view = await container.messages.read_send(job)
        further = SendJob(job.record, 1, silent=view.delivery_attempts[-1].message_id)

    assert await deliver_job_with(delivery, further, by="job-2") == Completed("sent")
    assert [one for one, *_ in await history(container, job)] == ["one", "two", "three"]


async def test_a_replay_calls_each_gateway_once_in_each_run(container, job):
    """Otherwise each run would call the unsure gateway again and again."""
    one, two = FakeGateway(*[Unsure("?")] * 9, name="one"), FakeGateway(*[Unreachable("away")] * 9, name="two")
    replayed = SendJob(job.record, 1, replayed=True)

    for tries in range(4):
        await deliver_job_with(delivery_with(container, one, two), replayed, by="job-2", tries=tries)

    assert (len(one.sent), len(two.sent)) == (4, 4)


@pytest.mark.parametrize("outage", [1, 5, 12, 40])
async def test_the_only_gateway_is_found_again_soon_after_an_outage(container, clock, outage):
    """Rests of ten seconds and more would keep everybody waiting: no other gateway sends meanwhile."""
    began = clock()

    class Outage(FakeGateway):
        async def send(self, message):
            if clock() - began < outage * 1000:
                raise Unsure("HTTP 500")
            return await super().send(message)

    delivery = delivery_with(container, Outage())
    delivery.throttles["carrier"] = GatewayThrottle(RateConfig(), is_alone=True)
    jobs = [SendJob((await start_verification(container, f"+3161234{n:04}")).id, 1) for n in range(10)]
    due, tries, sent = dict.fromkeys(jobs, clock()), dict.fromkeys(jobs, 0), {}
    while due:
        job = min(due, key=due.get)
        clock.tick(ms=max(0, due.pop(job) - clock()))
        match await deliver_job_with(delivery, job, tries=tries[job]):
            case Completed("sent"):
                sent[job] = clock()
            case Retry(_, wait_ms, counts):
                due[job], tries[job] = clock() + wait_ms, tries[job] + counts

    assert len(sent) == 10
    assert max(sent.values()) - began <= outage * 1000 + max(2000, min(outage * 1000, 21_000))


async def test_the_next_gateway_sends_when_one_does_not_respond_in_time(container, job):
    hanging, two = BlockingGateway(name="one"), FakeGateway(name="two")
    delivery = delivery_with(container, hanging, two, patience=0.05)

    assert await deliver_job_with(delivery, job) == Completed("sent")

    assert hanging.codes == two.codes
    assert await history(container, job) == [
        ("one", Status.QUEUED, ["", "too slow"]),
        ("two", Status.SENT, ["one unsure", "accepted"]),
    ]


@pytest.mark.parametrize("others", ["none", "refused", "resting"])
async def test_a_slow_gateway_is_waited_for_when_no_other_is_left(container, job, others):
    hanging, two = BlockingGateway(name="two"), FakeGateway(Refused("no", reason=Reason.NO_CREDIT), name="one")
    gateways = [hanging] if others == "none" else [two, hanging]
    delivery = delivery_with(container, *gateways, patience=0.05)
    if others == "resting":
        other = SendJob((await start_verification(container, "+31612345679")).id, 1)
        hanging.go.set()
        await deliver_job_with(delivery, other)
        hanging.go.clear()
    task = asyncio.create_task(deliver_job_with(delivery, job))
    await until(lambda: [message.id for message in hanging.sent][others == "resting" :])
    await asyncio.sleep(0.15)

    assert not task.done()
    hanging.go.set()
    assert await task == Completed("sent")


async def test_a_bug_after_the_call_sends_at_most_two_sms(container, job):
    fake_gateway = FakeGateway(*[ZeroDivisionError("a bug")] * 9)
    for _ in range(5):
        await asyncio.gather(deliver_job_with(delivery_with(container, fake_gateway), job), return_exceptions=True)

    assert len(fake_gateway.sent) == 2


async def test_an_opt_out_leaves_a_message_in_transit_alone(container, redis, key, job):
    delivery = delivery_with(container, FakeGateway())
    await deliver_job_with(delivery, job)
    await redis.set(key("opted_out", container.store.encryption.name_number(PHONE)), "carrier")

    assert await deliver_job_with(delivery, job, by="job-2") == Completed("sent")
    assert len(await history(container, job)) == 1


async def test_slow_calls_requeue_the_job(container, clock, job):
    """A job that stays in its stream makes the queue look stuck to the API; and its first SMS may have arrived."""

    class Hanging(FakeGateway):
        async def send(self, message):
            clock.tick(seconds=10)
            return await super().send(message)

    names = ("one", "two", "three", "four")
    senders = [Hanging(Unsure("?"), Unsure("?"), name=name) for name in names]
    delivery = delivery_with(container, *senders)

    assert await deliver_job_with(delivery, job) == Retry("slow", 1, counts=False)
    assert [len(fake_gateway.sent) for fake_gateway in senders] == [1, 1, 1, 0]

    await apply_report(container, report_job(container, "delivered", reference=senders[0].sent[0].id, gateway="one"))
    assert await deliver_job_with(delivery, job) == Completed("sent")
    assert [len(fake_gateway.sent) for fake_gateway in senders] == [1, 1, 1, 0]
