"""The gateway's word becomes the message's status. It never changes the verification itself."""

from app.domain.jobs import ReportJob
from app.domain.status import Reason
from app.store.messages import Messages


async def apply_report(job: ReportJob, *, messages: Messages, has_others: bool = False) -> str:
    """Apply one report; tells what became of it: `moved`, `kept`, `parked` or `unknown`.

    A message that failed for no fault of its number is for the next gateway, where there is one.
    """
    about_the_number = bool(job.reason) and Reason(job.reason).concerns_number
    further = has_others and job.status.is_failure and not about_the_number
    return await messages.apply(job, further=further)
