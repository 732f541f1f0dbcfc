"""The gateway's word becomes the message's status. It never changes the verification itself."""

from app.domain.queued import ReportJob
from app.store.messages import Messages


async def report(job: ReportJob, *, messages: Messages) -> str:
    """Apply one report; tells what became of it: `moved`, `kept`, `parked` or `unknown`."""
    return await messages.apply(job)
