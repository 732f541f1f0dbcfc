"""Receiving delivery reports: authentication, parsing and queueing."""

from dataclasses import replace

import pytest

from app.container import open_container
from app.domain.errors import BadReport, TemporarilyUnavailable
from app.domain.jobs import ReportJob
from app.domain.message import Callback, Report
from app.domain.status import Reason, Status
from tests.support.builders import PHONE, make_settings
from tests.support.fake_gateways import FakeGateway
from tests.support.redis_proxy import closed_port_url

CALL = Callback("POST", {}, {})
OURS = "ms_3q2-7wAAAAAAAAAAAAAAAA"
REPORT = Report("v-1", Status.FAILED, "E12", Reason.INVALID_NUMBER, reference=OURS, recipient=PHONE[1:])


class Strict(FakeGateway):
    """A gateway that rejects every report."""

    async def read_report(self, callback, *, now):
        raise BadReport


async def receive(container, gateway, call=CALL, *, body=b""):
    async def read_body():
        return body

    return await container.receive_report(call, read_body, gateway)


async def jobs_of(container):
    return [ReportJob.read(job.fields) for job in await container.queue.take("reports", "w", most=100)]


async def test_reports_are_queued_without_the_number(container):
    gateway = FakeGateway(reports=[REPORT])

    assert await receive(container, gateway) == 1

    assert await jobs_of(container) == [
        ReportJob(
            gateway="carrier",
            reference=OURS,
            vendor_name=container.store.encryption.name_vendor_id("v-1"),
            recipient_name=container.store.encryption.name_number(PHONE),
            status=Status.FAILED,
            word="E12",
            reason="invalid_number",
        )
    ]


async def test_a_batch_is_queued_completely_and_in_order(container):
    gateway = FakeGateway(reports=[Report(f"v-{number}", Status.SENT, str(number)) for number in range(50)])

    assert await receive(container, gateway) == 50

    jobs = await jobs_of(container)
    assert [job.word for job in jobs] == [str(number) for number in range(50)]
    assert {job.recipient_name for job in jobs} == {""}


async def test_a_call_without_reports_queues_nothing(container):
    assert await receive(container, FakeGateway()) == 0
    assert (await container.health.snapshot()).waiting == 0


async def test_a_call_with_an_unknown_token_queues_nothing(container):
    """Its body is never read."""

    class TokenGateway(FakeGateway):
        def accepts_token(self, token):
            return token == "secret"

    gateway = TokenGateway(reports=[REPORT])
    with pytest.raises(BadReport):
        await receive(container, gateway)
    known = replace(CALL, token="secret")
    assert await receive(container, gateway, known) == 1


async def test_a_forged_call_queues_nothing(container):
    with pytest.raises(BadReport):
        await receive(container, Strict(reports=[REPORT]))
    assert (await container.health.snapshot()).waiting == 0


async def test_without_redis_a_report_is_temporarily_unavailable(tag):
    async with open_container(make_settings(closed_port_url(), tag)) as container:
        with pytest.raises(TemporarilyUnavailable):
            await receive(container, FakeGateway(reports=[REPORT]))


async def test_a_foreign_reference_is_not_stored(container, redis):
    """The reference appears in logs and in `otp jobs list`, and any caller with the token can choose it."""
    report = Report("v-1", Status.SENT, "ok", reference="+31612345678\x1b[31m", recipient=PHONE[1:])
    await receive(container, FakeGateway(reports=[report]))

    (job,) = await container.queue.take("reports", "w1", most=1)
    assert job.fields["reference"] == "foreign"
