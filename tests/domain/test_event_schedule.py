"""The schedule of tries: that of Standard Webhooks, and what an endpoint asks for."""

import pytest

from app.domain.event_schedule import DAY, MAX_TRIES, SWITCH_OFF_AFTER_S, WAITS_S, next_wait_ms

HOUR = 3600


def no_jitter(count):
    return bytes(count)


def most_jitter(count):
    return b"\xff" * count


def test_an_event_is_tried_ten_times_in_three_days():
    waits = [next_wait_ms(tries, no_jitter) for tries in range(1, 10)]

    assert waits == [wait * 1000 for wait in (5, 300, 1800, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)))]
    assert sum(WAITS_S) == 75 * HOUR + 35 * 60 + 5
    assert MAX_TRIES == 10
    assert next_wait_ms(10, no_jitter) is None


def test_jitter_is_a_tenth_at_most():
    assert [next_wait_ms(tries, most_jitter) for tries in range(1, 10)] == [wait * 1100 for wait in WAITS_S]


@pytest.mark.parametrize(("asked", "wait"), [(0, 5), (4, 5), (60, 60), (DAY, DAY), (9 * DAY, DAY)])
def test_an_endpoint_may_ask_for_a_longer_wait(asked, wait):
    assert next_wait_ms(1, no_jitter, retry_after_s=asked) == wait * 1000


def test_what_waits_longest_is_shorter_than_five_days():
    """What is stored of an event is deleted after five days without a try; the longest wait is a day."""
    assert next_wait_ms(9, most_jitter, retry_after_s=9 * DAY) < SWITCH_OFF_AFTER_S * 1000
