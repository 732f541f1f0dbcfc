"""The throttle of one gateway: concurrency, rate, circuit breaker and recheck times."""

import pytest

from app.domain.gateway import Unreachable, Unsure
from app.domain.gateway_throttle import GatewayThrottle, RateConfig, Unavailable
from app.domain.message import Accepted
from app.domain.status import Reason


class ManualClock:
    """A clock in seconds that a test sets."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return ManualClock()


def call(throttle, clock, outcome=None):
    with throttle.acquire(clock) as slot:
        slot.outcome = outcome or Accepted("v-1")


def test_concurrent_calls_are_limited_to_the_slots(clock):
    throttle = GatewayThrottle(RateConfig(slots=2))
    with throttle.acquire(clock), throttle.acquire(clock):
        assert throttle.check(clock.now).why == "full"

    assert throttle.check(clock.now) is None


def test_call_that_raises_releases_its_slot(clock):
    throttle = GatewayThrottle(RateConfig(slots=1))
    with pytest.raises(ZeroDivisionError), throttle.acquire(clock):
        raise ZeroDivisionError

    assert throttle.check(clock.now) is None


def test_recheck_delay_grows_while_no_call_ends(clock):
    """Thousands of jobs that check four times a second would load Redis while a vendor hangs."""
    throttle = GatewayThrottle(RateConfig(slots=10))
    hanging = [throttle.acquire(clock) for _ in range(10)]
    for call_slot in hanging:
        call_slot.__enter__()

    delays = [throttle.check(clock.now).until - clock.now for _ in range(1000)]
    assert delays[0] == pytest.approx(0.275)
    assert delays == sorted(delays)
    assert delays[-1] == 5.0

    hanging[0].__exit__(None, None, None)
    assert throttle.check(clock.now) is None


@pytest.mark.parametrize(("rate", "at_once", "then"), [(1, 1, 1.0), (10, 10, 0.1), (0.5, 1, 2.0), (2.5, 2, 0.2)])
def test_rate_limits_calls_a_second_and_bursts(clock, rate, at_once, then):
    throttle = GatewayThrottle(RateConfig(rate=rate))
    for _ in range(at_once):
        assert throttle.check(clock.now) is None
        call(throttle, clock)

    unavailable = throttle.check(clock.now)
    assert (unavailable.why, unavailable.until) == ("paced", pytest.approx(clock.now + then))
    clock.now = unavailable.until
    assert throttle.check(clock.now) is None


def test_rate_is_kept_over_a_minute(clock):
    throttle, sent, end = GatewayThrottle(RateConfig(rate=3)), 0, clock.now + 60
    while clock.now < end:
        if unavailable := throttle.check(clock.now):
            clock.now = unavailable.until
        else:
            call(throttle, clock)
            sent += 1

    assert 180 <= sent <= 183


def test_retry_after_of_a_gateway_is_respected(clock):
    throttle = GatewayThrottle(RateConfig())
    call(throttle, clock, Unreachable("slow", reason=Reason.THROTTLED, after=7))

    assert throttle.check(clock.now) == Unavailable("resting", clock.now + 7)
    assert throttle.check(clock.now + 7) is None


def test_failing_gateway_opens_the_breaker(clock):
    throttle = GatewayThrottle(RateConfig())
    for _ in range(5):
        call(throttle, clock, Unsure("?"))

    assert throttle.check(clock.now) == Unavailable("resting", clock.now + 10)
