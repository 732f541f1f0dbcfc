"""Creates messages and reports as a worker and a vendor do."""

from app.domain.jobs import ReportJob, SendJob
from app.domain.message import Accepted
from app.domain.status import Status
from tests.support.actions import start_verification
from tests.support.builders import PHONE

GATEWAY = "carrier"
ACCEPTED = Accepted("v-1")


async def open_message(container, number=PHONE, *, id="ms_1", gateway=GATEWAY):
    """Request a code and open its message; returns the job."""
    job = SendJob((await start_verification(container, number)).id, 1)
    await open_attempt(container, job, id=id, gateway=gateway)
    return job


async def open_attempt(container, job, *, id="ms_1", gateway=GATEWAY, by="job-1", tried=0, why=""):
    return await container.messages.open(job, message_id=id, gateway=gateway, by=by, tried=tried, why=why, country="NL")


async def record_outcome(container, outcome=ACCEPTED, *, id="ms_1", gateway=GATEWAY, **options):
    return await container.messages.record_outcome(outcome, message_id=id, gateway=gateway, **options)


async def apply_report(container, job, **options):
    """Apply a report as a worker does; returns the result."""
    return (await container.messages.apply(job, **options)).result


def report_job(
    container, status, *, word=None, vendor_id="v-1", reference="", number=PHONE, gateway=GATEWAY, reason="", price=""
):
    """Build a report job; without a reference it is matched by the vendor's id and the recipient."""
    return ReportJob(
        gateway=gateway,
        reference=reference,
        vendor_name=container.store.encryption.name_vendor_id(vendor_id),
        recipient_name=container.store.encryption.name_number(number),
        status=Status(status),
        word=status if word is None else word,
        reason=reason,
        price=price,
    )
