"""A scenario that writes every kind of key to the store."""

import asyncio

from app.domain.address import read_address
from app.domain.gateway import Refused
from app.domain.human_check import HumanCheckResult
from app.domain.jobs import ReportJob, SendJob
from app.domain.message import Accepted, Callback, Report
from app.domain.operator_act import OperatorAct
from app.domain.outgoing_message import OwnCode
from app.domain.request_context import IdempotencyScope
from app.domain.status import Reason, Status
from app.services.admin import block_number, store_act
from tests.support.actions import (
    check,
    raise_failure_watch,
    redeem,
    resend,
    start_verification,
    start_with_code,
    wrong_code,
)
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.fake_gateways import FakeGateway, deliver_job, deliver_job_with, delivery_with
from tests.support.messages import apply_report
from tests.support.outgoing import accepted_id

BLOCKED_PHONE = "+31611111111"
OPTED_OUT_PHONE = "+31622222222"
CALL = Callback("POST", {}, {})


class AcceptAllHumanCheck:
    """A human check that accepts every token."""

    async def verify(self, token, *, bound_to, address):
        return HumanCheckResult(token, 600)


async def run_full_scenario(container, clock):
    """Request, send, report, mistype, resend, approve and redeem; block, lock, bury and leave some jobs queued.

    Return the gateway that sent the SMS.
    """
    fake_gateway = FakeGateway(Accepted("v-1", price="0.05 EUR"))
    address, idempotency = read_address("203.0.113.7"), IdempotencyScope("dev|/v1/request-code||key-1", "{}")
    verification = await start_verification(
        container,
        reference="cart-77",
        subject="user-42",
        address=address,
        idempotency=idempotency,
        human_check="good",
        human_checker=AcceptAllHumanCheck(),
    )
    await _report(container, fake_gateway, "v-1", Status.BUFFERED)  # before the gateway's response: it is parked
    delivery = delivery_with(container, fake_gateway, FakeGateway(name="other"), report_wait=20)
    await deliver_job_with(delivery, SendJob(verification.id, 1))
    clock.tick(seconds=30)
    await resend(container, verification.id)
    await deliver_job_with(delivery, SendJob(verification.id, 2))
    await _report(container, fake_gateway, "v-2", Status.DELIVERED, reference=fake_gateway.sent[1].id)
    await _report(container, fake_gateway, "v-unknown", Status.FAILED)
    await _check_ignoring_errors(container, wrong_code(fake_gateway.codes[1]), id=verification.id, address=address)
    approval = await check(container, fake_gateway.codes[1], id=verification.id)
    assert await redeem(container, approval.proof)
    await start_verification(container, device_token=approval.device_token, address=address)
    await start_verification(container, "+31644444444", key="0a1b2c3d", app="bank")
    await start_verification(container, "+31645555555", is_backend=False)
    locked, code = await start_with_code(container, OTHER_PHONE, address=address)
    await deliver_job(container, fake_gateway, SendJob(locked, 1))
    for _ in range(5):
        await _check_ignoring_errors(container, wrong_code(code), id=locked, address=read_address("198.51.100.9"))
    await raise_failure_watch(container)
    await deliver_job(container, fake_gateway, SendJob((await start_verification(container, OTHER_PHONE)).id, 1))
    stopped = FakeGateway(Refused("no", reason=Reason.OPTED_OUT))
    await deliver_job(container, stopped, SendJob((await start_verification(container, OPTED_OUT_PHONE)).id, 1))
    await block_number(BLOCKED_PHONE, encryption=container.store.encryption, numbers=container.numbers)
    await store_act(OperatorAct("block_number", "anna@example.com"), container.audit_trail)
    put_back, buried = await container.queue.take("sends", "w", most=2)
    await container.queue.put_back(put_back, wait_ms=60_000)
    await container.queue.bury(buried, why="unreachable")
    await _receive(container, fake_gateway, "v-3", Status.DELIVERED)
    await container.queue.heartbeat("w", resting=["carrier"])
    await container.redis_inspection.read()
    await _send_messages(container, clock)
    await _deliver_events(container)
    await container.health.snapshot()  # what it writes lasts for a second
    return fake_gateway


async def _send_messages(container, clock):
    """Send a message, and one to a recipient who opted out; leave a code queued and report it; schedule one."""
    later = clock.now + 60_000
    for gateway in (FakeGateway(), FakeGateway(Refused("no", reason=Reason.OPTED_OUT))):
        await deliver_job(container, gateway, SendJob(await accepted_id(container, PHONE), 1))
    code = await accepted_id(container, OTHER_PHONE, content=OwnCode("314159"))
    await container.report_outcome(code, container.apps["dev"], approved=True)
    await accepted_id(container, OTHER_PHONE, send_at=later)
    await container.queue.put_back((await container.queue.take("messages", "w", most=1))[0], wait_ms=60_000)


async def _deliver_events(container):
    """Deliver an event, and let the endpoint of the others fail, for one of them for the last time."""
    deliveries = container.deliver_event.deliveries
    endpoints = dict.fromkeys(container.deliver_event.endpoints.values(), 3)
    if not endpoints:
        return
    delivered, waits, buried = await deliveries.take(endpoints)
    await deliveries.settle(delivered, "delivered")
    await deliveries.settle(waits, "failed", why="http_503", wait_ms=60_000, rest_ms=5000)
    await deliveries.settle(buried, "failed", why="http_410", is_gone=True)


async def _report(container, fake_gateway, vendor_id, status, *, reference=""):
    """Receive a report, and apply it as a worker does."""
    await _receive(container, fake_gateway, vendor_id, status, reference=reference)
    (job,) = await container.queue.take("reports", "w", most=10)
    await apply_report(container, ReportJob.read(job.fields))
    await container.queue.finish(job)


async def _receive(container, fake_gateway, vendor_id, status, *, reference=""):
    report = Report(vendor_id, status, status, reference=reference, recipient=PHONE[1:])
    reader = FakeGateway(name=fake_gateway.name, reports=[report])
    assert await container.receive_report(CALL, _empty_body, reader) == 1


async def _empty_body():
    return b""


async def _check_ignoring_errors(container, code, **changes):
    await asyncio.gather(check(container, code, **changes), return_exceptions=True)
