"""Jobs and records of another revision, which shares the Redis during an upgrade."""

import pytest

from app.domain.delivery_attempt import Outcome
from app.domain.jobs import ReportJob, SendJob, UnreadableJob
from app.domain.status import Reason, Status
from tests.support.actions import read_verification, start_verification
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.messages import open_message, record_outcome
from tests.support.queues import wait_until_idle
from tests.support.running_worker import running_worker
from tests.support.waiting import until

MESSAGE = f"ms_{'a' * 22}"
# The fields that the revision before the jobs' version wrote, and required.
UNVERSIONED_SEND = {"verification": "", "send": "1"}
UNVERSIONED_REPORT = {
    "gateway": "carrier",
    "reference": MESSAGE,
    "vendor_name": "",
    "recipient_name": "",
    "status": "delivered",
    "word": "delivered",
    "reason": "",
}


async def test_a_send_job_without_a_version_is_delivered(container):
    gateway = FakeGateway()
    verification = await start_verification(container)
    (job,) = await container.queue.take("sends", "w", most=1)
    await container.queue.finish(job)
    await container.queue.add("sends", [UNVERSIONED_SEND | {"verification": verification.id}])

    async with running_worker(with_gateways(container, gateway)):
        await until(lambda: gateway.sent)


async def test_a_report_job_without_a_version_is_applied(container):
    job = await open_message(container, id=MESSAGE)
    await record_outcome(container, id=MESSAGE)
    await container.queue.add("reports", [UNVERSIONED_REPORT])

    async with running_worker(with_gateways(container, FakeGateway())):
        await until(lambda: _has_status(container, job.record, Status.DELIVERED))


def test_todays_jobs_have_every_field_that_the_previous_revision_requires():
    report = ReportJob("carrier", MESSAGE, "", "", Status.DELIVERED, "delivered", "")

    assert SendJob("vf_1", 1).fields() == UNVERSIONED_SEND | {"version": "1", "verification": "vf_1"}
    assert report.fields() == UNVERSIONED_REPORT | {"version": "1"}


def test_a_job_of_a_newer_revision_is_read_without_the_fields_that_are_not_known():
    later = {"version": "2", "priority": "high"}

    assert SendJob.read({"verification": "vf_1", "send": "2"} | later) == SendJob("vf_1", 2)
    assert ReportJob.read(UNVERSIONED_REPORT | later).status is Status.DELIVERED


def test_words_of_a_newer_revision_are_read_as_unknown():
    assert ReportJob.read(UNVERSIONED_REPORT | {"status": "read_by_the_user"}).status is Status.UNKNOWN
    assert Reason("a_new_reason") is Reason.UNKNOWN
    assert Outcome("a_new_outcome") is Outcome.ABANDONED


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (SendJob, {}),
        (SendJob, {"verification": "vf_1"}),
        (SendJob, {"verification": "vf_1", "send": "first"}),
        (SendJob, {"send": "1"}),
        (ReportJob, {}),
        (ReportJob, {"gateway": "carrier"}),
        (ReportJob, {"reference": "ms_1"}),
    ],
)
def test_a_job_without_what_it_is_about_is_unreadable(kind, fields):
    with pytest.raises(UnreadableJob):
        kind.read(fields)


@pytest.mark.parametrize("entry", ["no JSON", '"text"', "[]", '["1-1", "sends"]', '["1-1", "sends", "send", {}]'])
async def test_a_delayed_entry_that_is_no_job_is_buried_and_the_others_go_on(container, redis, key, entry):
    await redis.zadd(key("later"), {entry: 1, '["2-1","sends","verification","vf_1","send","1"]': 2})

    assert await container.queue.requeue_due_jobs() == 2

    assert [letter.why for letter in await container.dead_letters.list()] == ["unreadable_job"]
    assert await redis.zcard(key("later")) == 0
    assert len(await container.queue.take("sends", "w", most=10)) == 1


@pytest.mark.parametrize("field", ["name", "number", "expires", "purpose"])
async def test_the_job_of_a_record_without_a_field_is_buried_at_once(container, redis, key, field):
    verification = await start_verification(container)
    await redis.hdel(key("verification", verification.id), field)

    async with running_worker(with_gateways(container, FakeGateway())):
        (letter,) = await until(container.dead_letters.list)
        await wait_until_idle(container)

    assert (letter.why, letter.tries) == ("unreadable_record", 0)


async def test_a_field_that_is_not_text_buries_its_job_only(container, redis, key):
    gateway = FakeGateway()
    await redis.xadd(key("sends_queue"), {b"\xff": b"\xfe", b"send": b"1"})
    await start_verification(container)

    async with running_worker(with_gateways(container, gateway)):
        await until(lambda: gateway.sent)
        (letter,) = await until(container.dead_letters.list)

    assert letter.why == "unreadable_job"


async def _has_status(container, id, status):
    (send,) = (await read_verification(container, id)).sends
    return send.messages[0].status is status
