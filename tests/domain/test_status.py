"""Where an SMS stands, and which moves that may make."""

import pytest

from app.domain.status import Reason, Status, replaceable_by

ORDER = [Status.QUEUED, Status.SENT, Status.BUFFERED]
ENDS = [Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED, Status.FAILED]
# From each status, all that it may become. Whatever stands in no row is refused.
MOVES = {
    Status.QUEUED: {Status.SENT, Status.BUFFERED, *ENDS},
    Status.SENT: {Status.BUFFERED, *ENDS},
    Status.BUFFERED: {*ENDS},
    Status.DELIVERED: set(),
    Status.UNDELIVERED: {Status.DELIVERED},
    Status.EXPIRED: {Status.DELIVERED},
    Status.FAILED: {Status.DELIVERED},
    Status.UNKNOWN: set(),
}


@pytest.mark.parametrize("to", Status)
@pytest.mark.parametrize("came_from", Status)
def test_a_status_moves_upward_only(came_from, to):
    """Reports come in any order; only `delivered` may correct another end, for late receipts happen."""
    assert (came_from in replaceable_by(to)) == (to in MOVES[came_from])


def test_unknown_moves_nothing_and_is_never_moved():
    assert replaceable_by(Status.UNKNOWN) == []
    assert not [status for status in Status if Status.UNKNOWN in replaceable_by(status)]


def test_only_reasons_about_the_number_end_the_search_for_a_gateway():
    assert {reason for reason in Reason if reason.concerns_number} == {
        Reason.INVALID_NUMBER,
        Reason.UNREACHABLE_TEMPORARY,
        Reason.UNREACHABLE_PERMANENT,
        Reason.OPTED_OUT,
        Reason.BLOCKED_DESTINATION,
    }
