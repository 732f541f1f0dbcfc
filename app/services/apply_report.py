"""Apply a gateway's report to the status of its message; the verification itself never changes."""

from dataclasses import dataclass

from app.domain.jobs import ReportJob
from app.domain.status import Reason, Status
from app.logs import note
from app.metrics.table import DELIVERED_SECONDS, MESSAGES, REPORTS
from app.services.parts.send_costs import SendCosts
from app.store.messages import Messages


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """Applies reports; `has_others` is whether more than one gateway sends."""

    messages: Messages
    has_others: bool
    costs: SendCosts

    async def __call__(self, job: ReportJob) -> str:
        """Apply one report and return the result: `moved`, `kept`, `parked` or `unknown`; count it.

        A message that failed for a reason other than its number goes to the next gateway, if the route has one.
        """
        about_the_number = bool(job.reason) and Reason(job.reason).concerns_number
        further = self.has_others and job.status.is_failure and not about_the_number
        charge = self.costs.of_reported(job.price) if job.price else None
        applied = await self.messages.apply(job, further=further, charge=charge)
        note(
            verification=applied.verification,
            message=applied.message,
            request_id=applied.request_id,
            country=applied.country,
            message_status=job.status,
            reason=job.reason,
        )
        REPORTS.count(job.gateway, applied.result)
        if applied.result == "moved":
            MESSAGES.count(job.gateway, applied.country, job.status)
            if job.status is Status.DELIVERED and applied.seconds is not None:
                DELIVERED_SECONDS.observe(applied.seconds, job.gateway, applied.country)
        return applied.result
