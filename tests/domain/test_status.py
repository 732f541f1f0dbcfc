"""Message statuses and their transitions, and reasons that concern the number."""

import pytest

from app.domain.status import Reason, Status, replaceable_by

ORDER = [Status.QUEUED, Status.SENT, Status.BUFFERED]
FINAL = [Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED, Status.FAILED]
# All allowed transitions by status.
TRANSITIONS = {
    Status.QUEUED: {Status.SENT, Status.BUFFERED, *FINAL},
    Status.SENT: {Status.BUFFERED, *FINAL},
    Status.BUFFERED: {*FINAL},
    Status.DELIVERED: set(),
    Status.UNDELIVERED: {Status.DELIVERED},
    Status.EXPIRED: {Status.DELIVERED},
    Status.FAILED: {Status.DELIVERED},
    Status.UNKNOWN: set(),
}


@pytest.mark.parametrize("new", Status)
@pytest.mark.parametrize("old", Status)
def test_status_changes_only_to_a_later_one(old, new):
    """Reports arrive in any order; only `delivered` may correct another final status, because receipts may be late."""
    assert (old in replaceable_by(new)) == (new in TRANSITIONS[old])


def test_unknown_replaces_nothing_and_is_never_replaced():
    assert replaceable_by(Status.UNKNOWN) == []
    assert not [status for status in Status if Status.UNKNOWN in replaceable_by(status)]


def test_reasons_that_concern_the_number():
    assert {reason for reason in Reason if reason.concerns_number} == {
        Reason.INVALID_NUMBER,
        Reason.UNREACHABLE_TEMPORARY,
        Reason.UNREACHABLE_PERMANENT,
        Reason.OPTED_OUT,
        Reason.BLOCKED_DESTINATION,
    }
