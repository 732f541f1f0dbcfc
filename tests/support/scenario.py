"""A whole life, so that all that is ever kept stands in the store; and what must not stand there."""

import asyncio

from app.domain.address import read_address
from app.domain.gateway import Refused
from app.domain.human_check import HumanCheckResult
from app.domain.jobs import ReportJob, SendJob
from app.domain.message import Callback, Report
from app.domain.request_context import IdempotencyScope
from app.domain.status import Reason, Status
from app.services.admin import block_number
from app.services.receive_report import receive_report
from tests.support.actions import ask, ask_again, ask_for_code, check, raise_alarm, redeem, wrong
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.fake_gateways import Carrier, carry, carry_by, desk_of

BLOCKED_PHONE = "+31611111111"
STOPPED_PHONE = "+31622222222"
CALL = Callback("POST", {}, {})


class Believer:
    """A human check that takes every token."""

    async def verify(self, token, *, bound_to, address):
        return HumanCheckResult(token, 600)


async def live(container, clock):
    """Ask, send, report, mistype, resend, approve, redeem; block one, lock one, bury one, and leave some waiting.

    Gives the gateway that carried all the SMS.
    """
    carrier = Carrier()
    here, repeat = read_address("203.0.113.7"), IdempotencyScope("dev|/v1/request-code||key-1", "{}")
    standing = await ask(
        container,
        reference="cart-77",
        subject="user-42",
        address=here,
        repeat=repeat,
        human_check="good",
        human_checker=Believer(),
    )
    await _report(container, carrier, "v-1", Status.BUFFERED)  # before the gateway's answer: it is parked
    delivery = desk_of(container, carrier, Carrier(name="other"), report_wait=20)
    await carry_by(delivery, SendJob(standing.id, 1))
    clock.tick(seconds=30)
    await ask_again(container, standing.id)
    await carry_by(delivery, SendJob(standing.id, 2))
    await _report(container, carrier, "v-2", Status.DELIVERED, reference=carrier.sent[1].id)
    await _report(container, carrier, "v-unknown", Status.FAILED)
    await _try(container, wrong(carrier.codes[1]), id=standing.id, address=here)
    approval = await check(container, carrier.codes[1], id=standing.id)
    assert await redeem(container, approval.proof)
    await ask(container, device_token=approval.device_token)
    locked, code = await ask_for_code(container, OTHER_PHONE, address=here)
    await carry(container, carrier, SendJob(locked, 1))
    for _ in range(5):
        await _try(container, wrong(code), id=locked, address=here)
    await raise_alarm(container)
    await carry(container, carrier, SendJob((await ask(container, OTHER_PHONE)).id, 1))
    stopped = Carrier(Refused("no", reason=Reason.OPTED_OUT))
    await carry(container, stopped, SendJob((await ask(container, STOPPED_PHONE)).id, 1))
    await block_number(BLOCKED_PHONE, keyring=container.keyring, numbers=container.numbers)
    put_back, buried = await container.queue.take("sends", "w", most=2)
    await container.queue.put_back(put_back, wait_ms=60_000)
    await container.queue.bury(buried, why="unreachable")
    await _receive(container, carrier, "v-3", Status.DELIVERED)
    await container.queue.heartbeat("w")
    return carrier


async def _report(container, carrier, vendor_id, status, *, reference=""):
    """A report arrives, and a worker applies it."""
    await _receive(container, carrier, vendor_id, status, reference=reference)
    (job,) = await container.queue.take("reports", "w", most=10)
    await container.messages.apply(ReportJob.read(job.fields))
    await container.queue.finish(job)


async def _receive(container, carrier, vendor_id, status, *, reference=""):
    report = Report(vendor_id, status, status, reference=reference, recipient=PHONE[1:])
    reader = Carrier(name=carrier.name, reports=[report])
    facts = {
        "keyring": container.keyring,
        "queue": container.queue,
        "messages": container.messages,
        "now": container.clock(),
    }
    assert await receive_report(CALL, _nothing, gateway=reader, **facts) == 1


async def _nothing():
    return b""


async def _try(container, code, **changes):
    await asyncio.gather(check(container, code, **changes), return_exceptions=True)
