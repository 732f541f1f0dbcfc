"""Receive a gateway's delivery reports: authenticate and parse the call, then queue its reports."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.domain.errors import BadReport, InvalidRequest
from app.domain.gateway import Gateway
from app.domain.jobs import ReportJob
from app.domain.keyring import Keyring
from app.domain.message import Callback, Report
from app.services.parts.number_encryption import name_number
from app.store.messages import Messages
from app.store.queue import Queue

_OUR_REFERENCE = re.compile(r"(ms_[A-Za-z0-9_-]{22})?")
_FOREIGN = "foreign"  # replaces an id that is not ours, which matches no message, to keep its text out of the logs


async def receive_report(
    call: Callback,
    read_body: Callable[[], Awaitable[bytes]],
    *,
    gateway: Gateway,
    keyring: Keyring,
    queue: Queue,
    messages: Messages,
    now: float,
) -> int:
    """Queue the reports of one call and return how many; a worker applies them.

    The body of a call without the secret part of the URL is never read, since it may have 1 MiB.
    `now` is seconds since 1970. Raises `BadReport` or `InvalidRequest`, and counts such a call;
    raises `TemporarilyUnavailable` so that the vendor calls again.
    """
    try:
        reports = await _authenticate(call, read_body, gateway, now)
    except (BadReport, InvalidRequest):
        await messages.count_refused(gateway.name)
        raise
    if reports:
        await queue.add("reports", [_job(report, gateway.name, keyring).fields() for report in reports])
    return len(reports)


async def _authenticate(
    call: Callback, read_body: Callable[[], Awaitable[bytes]], gateway: Gateway, now: float
) -> list[Report]:
    if not gateway.accepts_token(call.token):
        raise BadReport
    return await gateway.read_report(replace(call, body=await read_body()), now=now)


def _job(report: Report, gateway: str, keyring: Keyring) -> ReportJob:
    """Build the job, with the vendor's id and the recipient as HMAC names, so that Redis never stores the number."""
    return ReportJob(
        gateway=gateway,
        reference=report.reference if _OUR_REFERENCE.fullmatch(report.reference) else _FOREIGN,
        vendor_name=keyring.name("vendor", report.vendor_id),
        recipient_name=name_number(f"+{report.recipient}", keyring) if report.recipient else "",
        status=report.status,
        word=report.word,
        reason=report.reason or "",
    )
