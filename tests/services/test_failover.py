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

REFUSALS = [Refused("no", reason=reason) for reason in Reason if not reason.is_about_the_number]
FAILURES = [*REFUSALS, Unreachable("away"), Unsure("?")]


@pytest.fixture
async def job(tools):
    return SendJob((await ask(tools)).id, 1)


async def history(tools, job):
    """Each message with its gateway, status and the words of its history."""
    (send,) = (await look(tools, job.verification)).sends
    return [(one.gateway, one.status, [moment.word for moment in one.history]) for one in send.messages]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: f"{type(failure).__name__} {failure.reason}")
async def test_where_one_gateway_fails_the_next_carries_the_same_code(tools, job, failure):
    one, two = Carrier(failure, name="one"), Carrier(name="two")

    assert await carry_by(desk_of(tools, one, two), job) == Completed("sent")

    assert one.codes == two.codes
    assert one.sent[0].id != two.sent[0].id


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.is_about_the_number])
async def test_a_number_that_cannot_be_reached_never_goes_round_the_gateways(tools, job, reason):
    """Each would say the same, and some close the accounts of those who ask on."""
    one, two = Carrier(Refused("no", reason=reason), name="one"), Carrier(name="two")

    assert await carry_by(desk_of(tools, one, two), job) == Completed(f"refused_{reason}")
    assert two.sent == []


async def test_the_whole_decision_stands_in_the_history(tools, job):
    one = Carrier(Refused("no", reason=Reason.NO_CREDIT, word="E31"), name="one")
    two, three = Carrier(Unsure("?", word="HTTP 500"), name="two"), Carrier(name="three")

    await carry_by(desk_of(tools, one, two, three), job)

    assert await history(tools, job) == [
        ("one", Status.FAILED, ["", "E31"]),
        ("two", Status.QUEUED, ["one failed", "HTTP 500"]),
        ("three", Status.SENT, ["one failed, two unsure", "accepted"]),
    ]


async def test_where_all_refuse_an_operator_sees_it(tools, job):
    desk = desk_of(
        tools,
        Carrier(Refused("no", reason=Reason.NO_CREDIT), name="one"),
        Carrier(Refused("no", reason=Reason.AUTH), name="two"),
    )
    assert await carry_by(desk, job) == Bury("refused_auth")


async def test_where_all_are_unreachable_they_are_asked_again_later_in_their_order(tools, job):
    one, two = Carrier(Unreachable("away"), name="one"), Carrier(Unreachable("away"), name="two")
    desk = desk_of(tools, one, two)

    assert await carry_by(desk, job) == Retry("unreachable", 500)
    assert await carry_by(desk, job, tries=1) == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (2, 1)


async def test_where_one_left_us_in_doubt_and_nobody_else_is_left_it_is_asked_once_more(tools, job):
    one, two = Carrier(Unsure("?"), name="one"), Carrier(Refused("no", reason=Reason.AUTH), name="two")

    assert await carry_by(desk_of(tools, one, two), job) == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (2, 1)


async def test_who_takes_our_id_is_asked_again_before_anybody_else(tools, job):
    """A repeat is no second SMS there."""
    one, two = Carrier(Unsure("?"), name="one", repeats_safely=True), Carrier(name="two")

    assert await carry_by(desk_of(tools, one, two), job) == Completed("sent")
    assert one.sent[0].id == one.sent[1].id
    assert two.sent == []


async def test_who_takes_our_id_is_asked_again_once_and_not_for_ever(tools, job):
    one, two = Carrier(*[Unsure("?")] * 9, name="one", repeats_safely=True), Carrier(name="two")

    assert await carry_by(desk_of(tools, one, two), job) == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (2, 1)


async def test_a_gateway_that_keeps_failing_is_passed_over_for_a_while_and_then_probed(tools, clock):
    one, two = Carrier(*[Unsure("?")] * 5, name="one"), Carrier(name="two")
    desk = desk_of(tools, one, two)
    numbers = [f"+3161234{number:04}" for number in range(8)]
    jobs = [SendJob((await ask(tools, number)).id, 1) for number in numbers]

    for job in jobs[:7]:
        await carry_by(desk, job)
    assert len(one.sent) == 5
    assert (await history(tools, jobs[6]))[0] == ("two", Status.SENT, ["one resting", "accepted"])

    clock.tick(seconds=10)
    await carry_by(desk, jobs[7])
    assert len(one.sent) == 6


async def test_where_the_only_gateway_rests_a_job_waits_and_that_is_no_try(tools, job):
    desk = desk_of(tools, Carrier(Refused("no", reason=Reason.AUTH)))
    assert await carry_by(desk, job) == Bury("refused_auth")
    other = SendJob((await ask(tools, "+31612345679")).id, 1)

    assert await carry_by(desk, other) == Retry("resting", 10_000, counts=False)


async def test_who_asks_to_be_left_alone_is(tools, job):
    """Not by this job only: Retry-After is for everybody."""
    one, two = Carrier(Unreachable("slow", reason=Reason.THROTTLED, after=7), name="one"), Carrier(name="two")
    desk = desk_of(tools, one, two)
    other = SendJob((await ask(tools, "+31612345679")).id, 1)

    await carry_by(desk, job)
    await carry_by(desk, other)

    assert (len(one.sent), len(two.sent)) == (1, 2)


async def test_a_full_gateway_is_passed_over_and_none_takes_more_than_its_slots(tools):
    slow, idle = Slow(), Carrier(name="idle")
    desk = desk_of(tools, slow, idle, paces={"carrier": RateConfig(slots=3)})
    jobs = [SendJob((await ask(tools, f"+3161234{number:04}")).id, 1) for number in range(10)]

    hanging = [asyncio.create_task(carry_by(desk, job, by=job.verification)) for job in jobs]
    await until(lambda: len(slow.sent) + len(idle.sent) == 10)
    assert (len(slow.sent), len(idle.sent)) == (3, 7)

    slow.go.set()
    assert set(await asyncio.gather(*hanging)) == {Completed("sent")}


async def test_a_pace_is_kept(tools, clock):
    carrier = Carrier()
    desk = desk_of(tools, carrier, paces={"carrier": RateConfig(rate=2)})
    jobs = [SendJob((await ask(tools, f"+3161234{number:04}")).id, 1) for number in range(4)]

    answers = [await carry_by(desk, job) for job in jobs]
    assert answers[:2] == [Completed("sent")] * 2
    assert answers[2] == Retry("paced", 500, counts=False)

    clock.tick(ms=500)
    assert await carry_by(desk, jobs[2]) == Completed("sent")
    assert isinstance(await carry_by(desk, jobs[3]), Retry)


async def test_each_country_has_its_route_and_each_leg_its_sender(tools):
    """Rules differ: a name is welcome here, a registered number is the law there."""
    one, two = Carrier(name="one"), Carrier(name="two")
    belgium = [[RouteStep("two", sender="+15550100", entity_id="E1", template_id="T1")]]
    desk = desk_of(tools, one, two, countries={"BE": belgium})

    await carry_by(desk, SendJob((await ask(tools, "+32470123456")).id, 1))
    await carry_by(desk, SendJob((await ask(tools)).id, 1))

    assert [(one.sender, one.entity_id, one.template_id) for one in two.sent] == [("+15550100", "E1", "T1")]
    assert [message.sender for message in one.sent] == [""]


async def test_a_call_that_was_in_a_dead_workers_hand_may_have_gone_out(tools, job):
    """So the next gateway is asked first, and the same one only where no other is left."""
    await begin(tools, job, gateway="one", by="job-1")
    one, two = Carrier(name="one"), Carrier(name="two")

    assert await carry_by(desk_of(tools, one, two), job, by="job-1") == Completed("sent")
    assert (len(one.sent), len(two.sent)) == (0, 1)


async def test_workers_that_die_again_and_again_lose_no_sms(tools, job):
    for tried in range(5):
        await begin(tools, job, id=f"ms_{tried}", tried=tried, by="job-1")

    assert await carry_by(desk_of(tools, carrier := Carrier()), job, by="job-1") == Completed("sent")
    assert len(carrier.sent) == 1


async def test_a_send_that_another_job_has_in_hand_is_left_to_it(tools, job):
    await begin(tools, job, by="job-1")

    assert await carry_by(desk_of(tools, carrier := Carrier()), job, by="job-2") == Completed("in_other_hands")
    assert carrier.sent == []


@on_both_stores
async def test_of_racing_jobs_one_sends(tools, job):
    """A worker that was cut off, the one that took over, and the job of a failed report: one SMS."""
    desk = desk_of(tools, carrier := Carrier())

    answers = await asyncio.gather(*(carry_by(desk, job, by=f"job-{number}") for number in range(20)))

    assert len(carrier.sent) == 1
    assert set(answers) <= {Completed("sent"), Completed("in_other_hands"), Retry("overtaken", 500, counts=False)}


async def test_an_operators_replay_asks_those_who_refused_before(tools, job):
    """The account has been topped up meanwhile."""
    refusing = Carrier(Refused("no", reason=Reason.NO_CREDIT))
    assert isinstance(await carry_by(desk_of(tools, refusing), job), Bury)
    replayed = SendJob(job.verification, 1, replayed=True)

    assert await carry_by(desk_of(tools, refusing), replayed, by="job-2") == Completed("sent")
    assert await carry_by(desk_of(tools, refusing), replayed, by="job-2") == Completed("sent")
    assert len(refusing.sent) == 2


async def test_who_opted_out_is_not_written_to_and_the_owner_sees_why(tools, job):
    one, two = Carrier(Refused("no", reason=Reason.OPTED_OUT, word="21610"), name="one"), Carrier(name="two")
    desk = desk_of(tools, one, two)
    await carry_by(desk, job)
    later = SendJob((await ask(tools)).id, 1)

    assert await carry_by(desk, later) == Completed("refused_opted_out")
    assert (len(one.sent), len(two.sent)) == (1, 0)
    assert await history(tools, later) == [("one", Status.FAILED, ["", "remembered"])]


async def test_a_report_that_was_faster_and_bad_sends_the_worker_on(tools, job):
    """The vendor took the message and gave it up before its own answer was read."""

    class Hasty(Carrier):
        async def send(self, message):
            report = tell(tools, "failed", reference=message.id, gateway="one", reason="provider_error")
            assert await tools.messages.apply(report, further=True) == "moved"
            return await super().send(message)

    one, two = Hasty(name="one"), Carrier(name="two")
    assert await carry_by(desk_of(tools, one, two), job) == Completed("sent")

    assert len(two.sent) == 1
    (only_the_first,) = await tools.queue.take("sends", "w", most=10)
    assert only_the_first.fields == job.fields(), "the report queued no second job"


async def test_a_slow_worker_leaves_the_job_to_the_one_that_took_it_over(tools, redis, key, job):
    """It was paused in its call, another took the job and called too: to finish it now would lose it for both."""

    class Paused(Carrier):
        async def send(self, message):
            await begin(tools, job, id="ms_other", gateway="two", tried=1, by="job-1")
            raise Unreachable("away")

    desk = desk_of(tools, Paused(name="one"), Carrier(name="two"))
    assert await carry_by(desk, job, by="job-1") == Retry("overtaken", 500, counts=False)


@pytest.mark.parametrize("then", ["failed", "silent"])
async def test_a_dead_workers_call_stops_no_later_failover(tools, job, then):
    """Whoever took its job over has noted that nobody will hear the end of that call."""
    await begin(tools, job, gateway="one", by="job-1")
    desk = desk_of(tools, *(Carrier(name=name) for name in ("one", "two", "three")))
    assert await carry_by(desk, job, by="job-1") == Completed("sent")
    assert [one for one, *_ in await history(tools, job)] == ["one", "two"]

    further = job
    if then == "failed":
        await tools.messages.apply(tell(tools, "failed", gateway="two", reason="provider_error"))
    else:
        view = await tools.messages.look(job)
        further = SendJob(job.verification, 1, silent=view.handovers[-1].message_id)

    assert await carry_by(desk, further, by="job-2") == Completed("sent")
    assert [one for one, *_ in await history(tools, job)] == ["one", "two", "three"]


async def test_a_replay_remembers_its_own_calls(tools, job):
    """Else each of its lives would ask the gateway again that left it in doubt: ten SMS to one person."""
    one, two = Carrier(*[Unsure("?")] * 9, name="one"), Carrier(*[Unreachable("away")] * 9, name="two")
    replayed = SendJob(job.verification, 1, replayed=True)

    for tries in range(4):
        await carry_by(desk_of(tools, one, two), replayed, by="job-2", tries=tries)

    assert len(one.sent) == 2


async def test_a_bug_after_the_call_writes_to_nobody_for_ever(tools, job):
    carrier = Carrier(*[ZeroDivisionError("a bug")] * 9)
    for _ in range(5):
        await asyncio.gather(carry_by(desk_of(tools, carrier), job), return_exceptions=True)

    assert len(carrier.sent) == 2


async def test_an_opt_out_that_was_told_meanwhile_changes_nothing_of_what_is_on_its_way(tools, redis, key, job):
    desk = desk_of(tools, Carrier())
    await carry_by(desk, job)
    await redis.set(key("opted_out", (await tools.messages.look(job)).name), "carrier")

    assert await carry_by(desk, job, by="job-2") == Completed("sent")
    assert len(await history(tools, job)) == 1


async def test_after_slow_calls_a_job_goes_round_by_the_queue_and_looks_again(tools, clock, job):
    """In its stream it would grow so old that the API takes the queue for stuck; and its first SMS may have arrived."""

    class Hanging(Carrier):
        async def send(self, message):
            clock.tick(seconds=10)
            return await super().send(message)

    names = ("one", "two", "three", "four")
    carriers = [Hanging(Unsure("?"), Unsure("?"), name=name) for name in names]
    desk = desk_of(tools, *carriers)

    assert await carry_by(desk, job) == Retry("slow", 1, counts=False)
    assert [len(carrier.sent) for carrier in carriers] == [1, 1, 1, 0]

    await tools.messages.apply(tell(tools, "delivered", reference=carriers[0].sent[0].id, gateway="one"))
    assert await carry_by(desk, job) == Completed("sent")
    assert [len(carrier.sent) for carrier in carriers] == [1, 1, 1, 0]
