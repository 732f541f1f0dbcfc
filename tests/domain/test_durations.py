"""How long to wait, as people and headers tell it."""

import pytest

from app.domain.durations import whole_seconds


@pytest.mark.parametrize(("milliseconds", "seconds"), [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2), (-1, 0)])
def test_a_wait_is_rounded_up(milliseconds, seconds):
    """Whoever comes back then is never too early."""
    assert whole_seconds(milliseconds) == seconds
