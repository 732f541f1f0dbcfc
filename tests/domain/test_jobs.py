"""One piece of queued work."""

import pytest

from app.domain.jobs import ReportJob, SendJob
from app.domain.status import Status

REPORT = ReportJob("smstools", "ms_1", "vendor-name", "number-name", Status.DELIVERED, "livré", "")


@pytest.mark.parametrize("job", [SendJob("vf_1", 2), REPORT], ids=["send", "report"])
def test_a_job_survives_the_stream(job):
    fields = job.fields()

    assert all(isinstance(value, str) for value in fields.values())
    assert type(job).read(fields) == job


def test_a_job_does_not_mind_what_the_queue_adds():
    assert SendJob.read({**SendJob("vf_1", 2).fields(), "tries": "3"}) == SendJob("vf_1", 2)
    assert ReportJob.read({**REPORT.fields(), "tries": "3"}) == REPORT


def test_a_send_names_verification_and_number_and_no_more():
    """Whoever reads the queue learns neither code nor number."""
    assert SendJob("vf_1", 2).fields() == {"verification": "vf_1", "send": "2"}
