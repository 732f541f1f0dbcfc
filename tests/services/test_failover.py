"""An SMS goes to the next gateway where one fails, within the life of the code, and never twice without need."""

import asyncio

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.gateway_throttle import RateConfig
from app.domain.jobs import SendJob
from app.domain.route import RouteStep
from app.domain.status import Reason, Status
from app.services.deliver_message import Bury, Completed, Retry
from tests.support.actions import ask, look
from tests.support.fake_gateways import Carrier, Slow, carry_by, desk_of
from tests.support.messages import begin, tell
from tests.support.stores import on_both_stores
from tests.support.waiting import until

REFUSALS = [Refused("no", reason=reason) for reason in Reason if not reason.concerns_number]
FAILURES = [*REFUSALS, Unreachable("away"), Unsure("?")]


@pytest.fixture
async def job(container):
    return SendJob((await ask(container)).id, 1)


async def history(container, job):
    """Each message with its gateway, status and the words of its history."""
    (send,) = (await look(container, job.verification)).sends
    return [(one.gateway, one.status, [moment.word for moment in one.history]) for one in send.messages]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: f"{type(failure).__name__} {failure.reason}")
async def test_where_one_gateway_fails_the_next_carries_the_same_code(container, job, failure):
    one, two = Carrier(failure, name="one"), Carrier(name="two")

    assert await carry_by(desk_of(container, one, two), job) == Completed("sent")

    assert one.codes == two.codes
    assert one.sent[0].id != two.sent[0].id


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.concerns_number])
async def test_a_number_that_cannot_be_reached_never_goes_round_the_gateways(container, job, reason):
    """Each would say the same, and some close the accounts of those who ask on."""
    one, two = Carrier(Refused("no", reason=reason), name="one"), Carrier(name="two")

    assert await carry_by(desk_of(container, one, two), job) == Completed(f"refused_{reason}")
    assert two.sent == []


async def test_the_whole_decision_stands_in_the_history(container, job):
    one = Carrier(Refused("no", reason=Reason.NO_CREDIT, word="E31"), name="one")
    two, three = Carrier(Unsure("?", word="HTTP 500"), name="two"), Carrier(name="three")

    await carry_by(desk_of(container, one, two, three), job)

    assert await history(container, job) == [
        ("one", Status.FAILED, ["", "E31"]),
        ("two", Status.QUEUED, ["one failed", "HTTP 500"]),
        ("three", Status.SENT, ["one failed, two unsure", "accepted"]),
    ]


async def test_where_all_refuse_an_operator_sees_it(container, job):
    delivery = desk_of(
        container,
        Carrier(Refused("no", reason=Reason.NO_CREDIT), name="one"),
        Carrier(Refused("no", reason=Reason.AUTH), name="two"),
    )
    assert await carry_by(delivery, job) == Bury("refused_auth")


async def test_where_all_are_unreachable_they_are_asked_again_later_in_their_order(container, job):
    one, two = Carrier(Unreachable("away"), name="one"), Carrier(Unreachable("away"), name="two")
    delivery = desk_of(container, one, two)

    assert await carry_by(delivery, job) == Retry("unreachable", 500)
    assert await carry_by(delivery, job, tries=1) == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (2, 1)


async def test_where_one_left_us_in_doubt_and_nobody_else_is_left_it_is_asked_once_more(container, job):
    one, two = Carrier(Unsure("?"), name="one"), Carrier(Refused("no", reason=Reason.AUTH), name="two")

    assert await carry_by(desk_of(container, one, two), job) == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (2, 1)


async def test_who_takes_our_id_is_asked_again_before_anybody_else(container, job):
    """A repeat is no second SMS there."""
    one, two = Carrier(Unsure("?"), name="one", repeats_safely=True), Carrier(name="two")

    assert await carry_by(desk_of(container, one, two), job) == Completed("sent")
    assert one.sent[0].id == one.sent[1].id
    assert two.sent == []


async def test_who_takes_our_id_is_asked_again_once_and_not_for_ever(container, job):
    one, two = Carrier(*[Unsure("?")] * 9, name="one", repeats_safely=True), Carrier(name="two")

    assert await carry_by(desk_of(container, one, two), job) == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (2, 1)


async def test_a_gateway_that_keeps_failing_is_passed_over_for_a_while_and_then_probed(container, clock):
    one, two = Carrier(*[Unsure("?")] * 5, name="one"), Carrier(name="two")
    delivery = desk_of(container, one, two)
    numbers = [f"+3161234{number:04}" for number in range(8)]
    jobs = [SendJob((await ask(container, number)).id, 1) for number in numbers]

    for job in jobs[:7]:
        await carry_by(delivery, job)
    assert len(one.sent) == 5
    assert (await history(container, jobs[6]))[0] == ("two", Status.SENT, ["one resting", "accepted"])

    clock.tick(seconds=10)
    await carry_by(delivery, jobs[7])
    assert len(one.sent) == 6


async def test_where_the_only_gateway_rests_a_job_waits_and_that_is_no_try(container, job):
    delivery = desk_of(container, Carrier(Refused("no", reason=Reason.AUTH)))
    assert await carry_by(delivery, job) == Bury("refused_auth")
    other = SendJob((await ask(container, "+31612345679")).id, 1)

    assert await carry_by(delivery, other) == Retry("resting", 10_000, counts=False)


async def test_who_asks_to_be_left_alone_is(container, job):
    """Not by this job only: Retry-After is for everybody."""
    one, two = Carrier(Unreachable("slow", reason=Reason.THROTTLED, after=7), name="one"), Carrier(name="two")
    delivery = desk_of(container, one, two)
    other = SendJob((await ask(container, "+31612345679")).id, 1)

    await carry_by(delivery, job)
    await carry_by(delivery, other)

    assert (len(one.sent), len(two.sent)) == (1, 2)


async def test_a_full_gateway_is_passed_over_and_none_takes_more_than_its_slots(container):
    slow, idle = Slow(), Carrier(name="idle")
    delivery = desk_of(container, slow, idle, paces={"carrier": RateConfig(slots=3)})
    jobs = [SendJob((await ask(container, f"+3161234{number:04}")).id, 1) for number in range(10)]

    hanging = [asyncio.create_task(carry_by(delivery, job, by=job.verification)) for job in jobs]
    await until(lambda: len(slow.sent) + len(idle.sent) == 10)
    assert (len(slow.sent), len(idle.sent)) == (3, 7)

    slow.go.set()
    assert set(await asyncio.gather(*hanging)) == {Completed("sent")}


async def test_a_pace_is_kept(container, clock):
    carrier = Carrier()
    delivery = desk_of(container, carrier, paces={"carrier": RateConfig(rate=2)})
    jobs = [SendJob((await ask(container, f"+3161234{number:04}")).id, 1) for number in range(4)]

    answers = [await carry_by(delivery, job) for job in jobs]
    assert answers[:2] == [Completed("sent")] * 2
    assert answers[2] == Retry("paced", 500, counts=False)

    clock.tick(ms=500)
    assert await carry_by(delivery, jobs[2]) == Completed("sent")
    assert isinstance(await carry_by(delivery, jobs[3]), Retry)


async def test_each_country_has_its_route_and_each_leg_its_sender(container):
    """Rules differ: a name is welcome here, a registered number is the law there."""
    one, two = Carrier(name="one"), Carrier(name="two")
    belgium = [[RouteStep("two", sender="+15550100", entity_id="E1", template_id="T1")]]
    delivery = desk_of(container, one, two, countries={"BE": belgium})

    await carry_by(delivery, SendJob((await ask(container, "+32470123456")).id, 1))
    await carry_by(delivery, SendJob((await ask(container)).id, 1))

    assert [(one.sender, one.entity_id, one.template_id) for one in two.sent] == [("+15550100", "E1", "T1")]
    assert [message.sender for message in one.sent] == [""]


async def test_a_call_that_was_in_a_dead_workers_hand_may_have_gone_out(container, job):
    """So the next gateway is asked first, and the same one only where no other is left."""
    await begin(container, job, gateway="one", by="job-1")
    one, two = Carrier(name="one"), Carrier(name="two")

    assert await carry_by(desk_of(container, one, two), job, by="job-1") == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (0, 1)


async def test_workers_that_die_again_and_again_lose_no_sms(container, job):
    for tried in range(5):
        await begin(container, job, id=f"ms_{tried}", tried=tried, by="job-1")

    assert await carry_by(desk_of(container, carrier := Carrier()), job, by="job-1") == Completed("sent")
    assert len(carrier.sent) == 1


async def test_a_send_that_another_job_has_in_hand_is_left_to_it(container, job):
    await begin(container, job, by="job-1")

    assert await carry_by(desk_of(container, carrier := Carrier()), job, by="job-2") == Completed("in_other_hands")
    assert carrier.sent == []


@on_both_stores
async def test_of_racing_jobs_one_sends(container, job):
    """A worker that was cut off, the one that took over, and the job of a failed report: one SMS."""
    delivery = desk_of(container, carrier := Carrier())

    answers = await asyncio.gather(*(carry_by(delivery, job, by=f"job-{number}") for number in range(20)))

    assert len(carrier.sent) == 1
    assert set(answers) <= {Completed("sent"), Completed("in_other_hands"), Retry("overtaken", 500, counts=False)}


async def test_an_operators_replay_asks_those_who_refused_before(container, job):
    """The account has been topped up meanwhile."""
    refusing = Carrier(Refused("no", reason=Reason.NO_CREDIT))
    assert isinstance(await carry_by(desk_of(container, refusing), job), Bury)
    replayed = SendJob(job.verification, 1, replayed=True)

    assert await carry_by(desk_of(container, refusing), replayed, by="job-2") == Completed("sent")
    assert await carry_by(desk_of(container, refusing), replayed, by="job-2") == Completed("sent")
    assert len(refusing.sent) == 2


async def test_who_opted_out_is_not_written_to_and_the_owner_sees_why(container, job):
    one, two = Carrier(Refused("no", reason=Reason.OPTED_OUT, word="21610"), name="one"), Carrier(name="two")
    delivery = desk_of(container, one, two)
    await carry_by(delivery, job)
    later = SendJob((await ask(container)).id, 1)

    assert await carry_by(delivery, later) == Completed("refused_opted_out")
    assert (len(one.sent), len(two.sent)) == (1, 0)
    assert await history(container, later) == [("one", Status.FAILED, ["", "remembered"])]


async def test_a_report_that_was_faster_and_bad_sends_the_worker_on(container, job):
    """The vendor took the message and gave it up before its own answer was read."""

    class Hasty(Carrier):
        async def send(self, message):
            report = tell(container, "failed", reference=message.id, gateway="one", reason="provider_error")
            assert await container.messages.apply(report, further=True) == "moved"
            return await super().send(message)

    one, two = Hasty(name="one"), Carrier(name="two")
    assert await carry_by(desk_of(container, one, two), job) == Completed("sent")

    assert len(two.sent) == 1
    (only_the_first,) = await container.queue.take("sends", "w", most=10)
    assert only_the_first.fields == job.fields(), "the report queued no second job"


async def test_a_slow_worker_leaves_the_job_to_the_one_that_took_it_over(container, redis, key, job):
    """It was paused in its call, another took the job and called too: to finish it now would lose it for both."""

    class Paused(Carrier):
        async def send(self, message):
            await begin(container, job, id="ms_other", gateway="two", tried=1, by="job-1")
            raise Unreachable("away")

    delivery = desk_of(container, Paused(name="one"), Carrier(name="two"))
    assert await carry_by(delivery, job, by="job-1") == Retry("overtaken", 500, counts=False)


@pytest.mark.parametrize("then", ["failed", "silent"])
async def test_a_dead_workers_call_stops_no_later_failover(container, job, then):
    """Whoever took its job over has noted that nobody will hear the end of that call."""
    await begin(container, job, gateway="one", by="job-1")
    delivery = desk_of(container, *(Carrier(name=name) for name in ("one", "two", "three")))
    assert await carry_by(delivery, job, by="job-1") == Completed("sent")
    assert [one for one, *_ in await history(container, job)] == ["one", "two"]

    further = job
    if then == "failed":
        await container.messages.apply(tell(container, "failed", gateway="two", reason="provider_error"))
    else:
        view = await container.messages.look(job)
        further = SendJob(job.verification, 1, silent=view.delivery_attempts[-1].message_id)

    assert await carry_by(delivery, further, by="job-2") == Completed("sent")
    assert [one for one, *_ in await history(container, job)] == ["one", "two", "three"]


async def test_a_replay_remembers_its_own_calls(container, job):
    """Else each of its lives would ask the gateway again that left it in doubt: ten SMS to one person."""
    one, two = Carrier(*[Unsure("?")] * 9, name="one"), Carrier(*[Unreachable("away")] * 9, name="two")
    replayed = SendJob(job.verification, 1, replayed=True)

    for tries in range(4):
        await carry_by(desk_of(container, one, two), replayed, by="job-2", tries=tries)

    assert len(one.sent) == 2


async def test_a_bug_after_the_call_writes_to_nobody_for_ever(container, job):
    carrier = Carrier(*[ZeroDivisionError("a bug")] * 9)
    for _ in range(5):
        await asyncio.gather(carry_by(desk_of(container, carrier), job), return_exceptions=True)

    assert len(carrier.sent) == 2


async def test_an_opt_out_that_was_told_meanwhile_changes_nothing_of_what_is_on_its_way(container, redis, key, job):
    delivery = desk_of(container, Carrier())
    await carry_by(delivery, job)
    await redis.set(key("opted_out", (await container.messages.look(job)).name), "carrier")

    assert await carry_by(delivery, job, by="job-2") == Completed("sent")
    assert len(await history(container, job)) == 1


async def test_after_slow_calls_a_job_goes_round_by_the_queue_and_looks_again(container, clock, job):
    """In its stream it would grow so old that the API takes the queue for stuck; and its first SMS may have arrived."""

    class Hanging(Carrier):
        async def send(self, message):
            clock.tick(seconds=10)
            return await super().send(message)

    names = ("one", "two", "three", "four")
    senders = [Hanging(Unsure("?"), Unsure("?"), name=name) for name in names]
    delivery = desk_of(container, *senders)

    assert await carry_by(delivery, job) == Retry("slow", 1, counts=False)
    assert [len(carrier.sent) for carrier in senders] == [1, 1, 1, 0]

    await container.messages.apply(tell(container, "delivered", reference=senders[0].sent[0].id, gateway="one"))
    assert await carry_by(delivery, job) == Completed("sent")
    assert [len(carrier.sent) for carrier in senders] == [1, 1, 1, 0]
