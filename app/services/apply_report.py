"""Apply a gateway's report to the status of its message; the verification itself never changes."""

from app.domain.jobs import ReportJob
from app.domain.status import Reason
from app.store.messages import Messages


async def apply_report(job: ReportJob, *, messages: Messages, has_others: bool = False) -> str:
    """Apply one report and return the result: `moved`, `kept`, `parked` or `unknown`.

    A message that failed for a reason other than its number goes to the next gateway, if the route has one.
    """
    about_the_number = bool(job.reason) and Reason(job.reason).concerns_number
    further = has_others and job.status.is_failure and not about_the_number
    return await messages.apply(job, further=further)
