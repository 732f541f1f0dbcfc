"""A gateway calls."""

from dataclasses import replace

import pytest

from app.container import open_container
from app.domain.errors import BadReport, TemporarilyUnavailable
from app.domain.jobs import ReportJob
from app.domain.message import Callback, Report
from app.domain.status import Reason, Status
from app.services.parts.number_encryption import name_number
from app.services.receive_report import receive_report
from tests.support.builders import PHONE, make_settings
from tests.support.fake_gateways import Carrier
from tests.support.redis_proxy import closed_port

CALL = Callback("POST", {}, {})
OURS = "ms_3q2-7wAAAAAAAAAAAAAAAA"
REPORT = Report("v-1", Status.FAILED, "E12", Reason.INVALID_NUMBER, reference=OURS, recipient=PHONE[1:])


class Strict(Carrier):
    """A gateway that takes no report for its own."""

    async def read_report(self, callback, *, now):
        raise BadReport


async def take(container, gateway, call=CALL, *, body=b""):
    async def read_body():
        return body

    return await receive_report(
        call,
        read_body,
        gateway=gateway,
        keyring=container.keyring,
        queue=container.queue,
        messages=container.messages,
        now=container.clock(),
    )


async def jobs_of(container):
    return [ReportJob.read(job.fields) for job in await container.queue.take("reports", "w", most=100)]


async def test_reports_are_queued_in_our_words_without_the_number(container):
    gateway = Carrier(reports=[REPORT])

    assert await take(container, gateway) == 1

    assert await jobs_of(container) == [
        ReportJob(
            gateway="carrier",
            reference=OURS,
            vendor_name=container.keyring.name("vendor", "v-1"),
            recipient_name=name_number(PHONE, container.keyring),
            status=Status.FAILED,
            word="E12",
            reason="invalid_number",
        )
    ]


async def test_a_batch_is_queued_whole_and_in_order(container):
    gateway = Carrier(reports=[Report(f"v-{number}", Status.SENT, str(number)) for number in range(50)])

    assert await take(container, gateway) == 50

    jobs = await jobs_of(container)
    assert [job.word for job in jobs] == [str(number) for number in range(50)]
    assert {job.recipient_name for job in jobs} == {""}


async def test_an_empty_call_queues_nothing(container):
    assert await take(container, Carrier()) == 0
    assert (await container.health.snapshot()).waiting == 0


async def test_a_call_by_an_address_that_the_gateway_does_not_know_queues_nothing(container):
    """Whatever it says is not read."""

    class Secretive(Carrier):
        def knows(self, token):
            return token == "secret"

    gateway = Secretive(reports=[REPORT])
    with pytest.raises(BadReport):
        await take(container, gateway)
    known = replace(CALL, token="secret")
    assert await take(container, gateway, known) == 1


async def test_a_forged_call_queues_nothing(container):
    with pytest.raises(BadReport):
        await take(container, Strict(reports=[REPORT]))
    assert (await container.health.snapshot()).waiting == 0


async def test_while_redis_is_away_the_vendor_shall_call_again(tag):
    async with open_container(make_settings(closed_port(), tag)) as container:
        with pytest.raises(TemporarilyUnavailable):
            await take(container, Carrier(reports=[REPORT]))


async def test_a_reference_that_is_no_id_of_ours_is_not_repeated(container, redis):
    """It stands in logs and in `otp jobs list`, and whoever knows the token can write anything there."""
    report = Report("v-1", Status.SENT, "ok", reference="+31612345678\x1b[31m", recipient=PHONE[1:])
    await take(container, Carrier(reports=[report]))

    (job,) = await container.queue.take("reports", "w1", most=1)
    assert job.fields["reference"] == "foreign"
