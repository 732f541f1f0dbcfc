"""Rounding of durations."""

import pytest

from app.domain.durations import whole_seconds


@pytest.mark.parametrize(("milliseconds", "seconds"), [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2), (-1, 0)])
def test_milliseconds_are_rounded_up_to_seconds(milliseconds, seconds):
    """A client that retries then is never too early."""
    assert whole_seconds(milliseconds) == seconds
