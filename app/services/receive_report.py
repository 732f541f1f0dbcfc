"""Receive a gateway's delivery reports: authenticate and parse the call, then queue its reports."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from app.domain.errors import BadReport, InvalidRequest
from app.domain.gateway import Gateway
from app.domain.jobs import ReportJob
from app.domain.message import Callback, Report
from app.metrics.table import REPORTS
from app.store.encryption import RecordEncryption
from app.store.messages import Messages
from app.store.queue import Queue

_OUR_REFERENCE = re.compile(r"(ms_[A-Za-z0-9_-]{22})?")
_FOREIGN = "foreign"  # replaces an id that is not ours, which matches no message, to keep its text out of the logs


@dataclass(frozen=True, slots=True)
class ReceiveReport:
    """Queues the reports of a vendor's call; a worker applies them."""

    encryption: RecordEncryption
    queue: Queue
    messages: Messages
    clock: Callable[[], float]  # seconds since 1970

    async def __call__(self, call: Callback, read_body: Callable[[], Awaitable[bytes]], gateway: Gateway) -> int:
        """Queue the reports of one call and return how many.

        The body of a call without the secret part of the URL is never read, since it may have 1 MiB. Raises
        `BadReport` or `InvalidRequest`, and counts such a call; raises `TemporarilyUnavailable` so that the vendor
        calls again.
        """
        try:
            reports = await self._authenticate(call, read_body, gateway)
        except (BadReport, InvalidRequest):
            REPORTS.count(gateway.name, "refused")
            await self.messages.count_refused(gateway.name)
            raise
        if reports:
            await self.queue.add("reports", [self._job(report, gateway.name).fields() for report in reports])
        return len(reports)

    async def _authenticate(
        self, call: Callback, read_body: Callable[[], Awaitable[bytes]], gateway: Gateway
    ) -> list[Report]:
        if not gateway.accepts_token(call.token):
            raise BadReport
        return await gateway.read_report(replace(call, body=await read_body()), now=self.clock())

    def _job(self, report: Report, gateway: str) -> ReportJob:
        """Build the job, with the vendor's id and the recipient as names, so that Redis never stores the number."""
        return ReportJob(
            gateway=gateway,
            reference=report.reference if _OUR_REFERENCE.fullmatch(report.reference) else _FOREIGN,
            vendor_name=self.encryption.name_vendor_id(report.vendor_id),
            recipient_name=self.encryption.name_number(f"+{report.recipient}") if report.recipient else "",
            status=report.status,
            word=report.word,
            reason=report.reason or "",
            price=report.price,
        )
