"""Jobs and their stream fields."""

from dataclasses import replace

import pytest

from app.domain.jobs import ReportJob, SendJob
from app.domain.status import Status

REPORT = ReportJob("smstools", "ms_1", "vendor-name", "number-name", Status.DELIVERED, "livré", "")


PRICED_REPORT = replace(REPORT, price="0.05 EUR")


@pytest.mark.parametrize("job", [SendJob("vf_1", 2), REPORT, PRICED_REPORT], ids=["send", "report", "price"])
def test_job_is_read_as_it_was_written(job):
    fields = job.fields()

    assert all(isinstance(value, str) for value in fields.values())
    assert type(job).read(fields) == job


def test_fields_that_the_queue_adds_are_ignored():
    assert SendJob.read({**SendJob("vf_1", 2).fields(), "tries": "3"}) == SendJob("vf_1", 2)
    assert ReportJob.read({**REPORT.fields(), "tries": "3"}) == REPORT


def test_send_job_holds_only_verification_and_send_number():
    """A reader of the queue learns neither code nor number."""
    assert SendJob("vf_1", 2).fields() == {"version": "1", "verification": "vf_1", "send": "2"}
