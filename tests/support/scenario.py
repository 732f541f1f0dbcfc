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


async def live(tools, clock):
    """Ask, send, report, mistype, resend, approve, redeem; block one, lock one, bury one, and leave some waiting.

    Gives the gateway that carried all the SMS.
    """
    carrier = Carrier()
    here, repeat = read_address("203.0.113.7"), IdempotencyScope("dev|/v1/request-code||key-1", "{}")
    standing = await ask(
        tools, reference="cart-77", subject="user-42", address=here, repeat=repeat, human_check="good", human=Believer()
    )
    await _report(tools, carrier, "v-1", Status.BUFFERED)  # before the gateway's answer: it is parked
    desk = desk_of(tools, carrier, Carrier(name="other"), report_wait=20)
    await carry_by(desk, SendJob(standing.id, 1))
    clock.tick(seconds=30)
    await ask_again(tools, standing.id)
    await carry_by(desk, SendJob(standing.id, 2))
    await _report(tools, carrier, "v-2", Status.DELIVERED, reference=carrier.sent[1].id)
    await _report(tools, carrier, "v-unknown", Status.FAILED)
    await _try(tools, wrong(carrier.codes[1]), id=standing.id, address=here)
    approval = await check(tools, carrier.codes[1], id=standing.id)
    assert await redeem(tools, approval.proof)
    await ask(tools, device_token=approval.device_token)
    locked, code = await ask_for_code(tools, OTHER_PHONE, address=here)
    await carry(tools, carrier, SendJob(locked, 1))
    for _ in range(5):
        await _try(tools, wrong(code), id=locked, address=here)
    await raise_alarm(tools)
    await carry(tools, carrier, SendJob((await ask(tools, OTHER_PHONE)).id, 1))
    stopped = Carrier(Refused("no", reason=Reason.OPTED_OUT))
    await carry(tools, stopped, SendJob((await ask(tools, STOPPED_PHONE)).id, 1))
    await block_number(BLOCKED_PHONE, keyring=tools.keyring, numbers=tools.numbers)
    put_back, buried = await tools.queue.take("sends", "w", most=2)
    await tools.queue.put_back(put_back, wait_ms=60_000)
    await tools.queue.bury(buried, why="unreachable")
    await _receive(tools, carrier, "v-3", Status.DELIVERED)
    await tools.queue.show_life("w")
    return carrier


async def _report(tools, carrier, vendor_id, status, *, reference=""):
    """A report arrives, and a worker applies it."""
    await _receive(tools, carrier, vendor_id, status, reference=reference)
    (job,) = await tools.queue.take("reports", "w", most=10)
    await tools.messages.apply(ReportJob.read(job.fields))
    await tools.queue.finish(job)


async def _receive(tools, carrier, vendor_id, status, *, reference=""):
    report = Report(vendor_id, status, status, reference=reference, recipient=PHONE[1:])
    reader = Carrier(name=carrier.name, reports=[report])
    facts = {"keyring": tools.keyring, "queue": tools.queue, "messages": tools.messages, "now": tools.clock()}
    assert await receive_report(CALL, _nothing, gateway=reader, **facts) == 1


async def _nothing():
    return b""


async def _try(tools, code, **changes):
    await asyncio.gather(check(tools, code, **changes), return_exceptions=True)
