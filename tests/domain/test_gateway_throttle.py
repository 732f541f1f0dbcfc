"""The way into one gateway."""

import pytest

from app.domain.gateway import Unreachable, Unsure
from app.domain.gateway_throttle import GatewayThrottle, RateConfig, Unavailable
from app.domain.message import Accepted
from app.domain.status import Reason


class Watch:
    """Seconds that a test turns by hand."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Watch()


def call(throttle, clock, outcome=None):
    with throttle.acquire(clock) as slot:
        slot.outcome = outcome or Accepted("v-1")


def test_it_lets_in_as_many_as_it_has_slots(clock):
    throttle = GatewayThrottle(RateConfig(slots=2))
    with throttle.acquire(clock), throttle.acquire(clock):
        assert throttle.look(clock.now).why == "full"

    assert throttle.look(clock.now) is None


def test_a_call_that_raises_gives_its_slot_back(clock):
    throttle = GatewayThrottle(RateConfig(slots=1))
    with pytest.raises(ZeroDivisionError), throttle.acquire(clock):
        raise ZeroDivisionError

    assert throttle.look(clock.now) is None


def test_the_longer_nothing_moves_the_longer_the_others_stay_away(clock):
    """Thousands that look four times a second would keep Redis busy for a vendor that hangs."""
    throttle = GatewayThrottle(RateConfig(slots=10))
    hanging = [throttle.acquire(clock) for _ in range(10)]
    for one in hanging:
        one.__enter__()

    waits = [throttle.look(clock.now).until - clock.now for _ in range(1000)]
    assert waits[0] == pytest.approx(0.275)
    assert waits == sorted(waits)
    assert waits[-1] == 5.0

    hanging[0].__exit__(None, None, None)
    assert throttle.look(clock.now) is None


@pytest.mark.parametrize(("rate", "at_once", "then"), [(1, 1, 1.0), (10, 10, 0.1), (0.5, 1, 2.0), (2.5, 2, 0.2)])
def test_its_pace_is_so_many_a_second_and_no_more_at_once(clock, rate, at_once, then):
    throttle = GatewayThrottle(RateConfig(rate=rate))
    for _ in range(at_once):
        assert throttle.look(clock.now) is None
        call(throttle, clock)

    unavailable = throttle.look(clock.now)
    assert (unavailable.why, unavailable.until) == ("paced", pytest.approx(clock.now + then))
    clock.now = unavailable.until
    assert throttle.look(clock.now) is None


def test_over_a_minute_it_keeps_its_pace(clock):
    throttle, sent, end = GatewayThrottle(RateConfig(rate=3)), 0, clock.now + 60
    while clock.now < end:
        if unavailable := throttle.look(clock.now):
            clock.now = unavailable.until
        else:
            call(throttle, clock)
            sent += 1

    assert 180 <= sent <= 183


def test_who_asks_to_be_left_alone_is_left_alone_so_long(clock):
    throttle = GatewayThrottle(RateConfig())
    call(throttle, clock, Unreachable("slow", reason=Reason.THROTTLED, after=7))

    assert throttle.look(clock.now) == Unavailable("resting", clock.now + 7)
    assert throttle.look(clock.now + 7) is None


def test_a_gateway_that_fails_rests(clock):
    throttle = GatewayThrottle(RateConfig())
    for _ in range(5):
        call(throttle, clock, Unsure("?"))

    assert throttle.look(clock.now) == Unavailable("resting", clock.now + 10)
