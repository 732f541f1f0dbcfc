"""A gateway calls: verify and read it here, queue what it tells, answer at once."""

import re

from app.domain.errors import BadReport
from app.domain.gateway import Gateway
from app.domain.keyring import Keyring
from app.domain.message import Callback, Report
from app.domain.queued import ReportJob
from app.services.seal import name_number
from app.store.queue import Queue

_OURS = re.compile(r"(ms_[A-Za-z0-9_-]{22})?")
_FOREIGN = "foreign"  # what is no id of ours finds no message, and is not repeated in logs and lists


async def receive(callback: Callback, *, gateway: Gateway, keyring: Keyring, queue: Queue) -> int:
    """Queue the reports of one call, and tell how many; a worker applies them.

    Raises `BadReport` or `InvalidRequest`; `TemporarilyUnavailable` so that the vendor calls again.
    """
    if not gateway.knows(callback.token):
        raise BadReport
    reports = gateway.read_report(callback)
    if reports:
        await queue.add("reports", [_job(report, gateway.name, keyring).fields() for report in reports])
    return len(reports)


def _job(report: Report, gateway: str, keyring: Keyring) -> ReportJob:
    """Name the vendor's id and the recipient, so that Redis does not learn the number."""
    return ReportJob(
        gateway=gateway,
        reference=report.reference if _OURS.fullmatch(report.reference) else _FOREIGN,
        vendor_name=keyring.name("vendor", report.vendor_id),
        recipient_name=name_number(f"+{report.recipient}", keyring) if report.recipient else "",
        status=report.status,
        word=report.word,
        reason=report.reason or "",
    )
