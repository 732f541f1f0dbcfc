"""The circuit breaker: when it opens, probes and closes."""

import pytest

from app.domain.circuit_breaker import CircuitBreaker
from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.status import Reason

FAILURE = Unsure("?")


@pytest.fixture
def breaker():
    return CircuitBreaker()


def call(breaker, outcome, now=0.0):
    """Make an allowed call, and report its outcome to the breaker."""
    assert breaker.open_until(now) is None
    breaker.end(outcome, now, is_probe=breaker.begin())


def fail(breaker, times, now=0.0):
    for _ in range(times):
        call(breaker, FAILURE, now)


def test_breaker_opens_at_the_fifth_failure_in_a_row(breaker):
    fail(breaker, 4)
    assert breaker.open_until(0.0) is None

    fail(breaker, 1)
    assert breaker.open_until(0.0) == 10.0
    assert breaker.open_until(9.9) == 10.0
    assert breaker.open_until(10.0) is None


@pytest.mark.parametrize(
    "outcome",
    [
        Accepted("v-1"),
        Refused("no", reason=Reason.INVALID_NUMBER),
        Refused("no", reason=Reason.INVALID_SENDER),
        Refused("no", reason=Reason.CONTENT_REJECTED),
        Refused("no"),
        Unreachable("slow", reason=Reason.THROTTLED),
    ],
    ids=lambda outcome: f"{type(outcome).__name__} {getattr(outcome, 'reason', '')}",
)
def test_outcome_of_a_working_gateway_resets_the_failure_count(breaker, outcome):
    """A gateway that refuses one number, or throttles, works."""
    fail(breaker, 4)
    call(breaker, outcome)
    fail(breaker, 4)

    assert breaker.open_until(0.0) is None


@pytest.mark.parametrize("reason", [Reason.AUTH, Reason.NO_CREDIT, Reason.CONFIG])
def test_account_failure_opens_the_breaker_at_once(breaker, reason):
    """Every message would be refused."""
    call(breaker, Refused("no", reason=reason))

    assert breaker.open_until(0.0) == 10.0


def test_open_breaker_allows_one_probe_at_a_time(breaker):
    fail(breaker, 5)

    assert breaker.begin()
    assert [breaker.open_until(10.0) for _ in range(20)] == [11.0] * 20


def test_successful_probe_closes_the_breaker(breaker):
    fail(breaker, 5)
    call(breaker, Accepted("v-1"), 10.0)

    fail(breaker, 4, 10.0)
    assert breaker.open_until(10.0) is None


def test_each_failed_probe_doubles_the_open_time_up_to_a_minute(breaker):
    fail(breaker, 5)
    now, open_times = 0.0, []
    for _ in range(7):
        open_time = breaker.open_until(now) - now
        open_times.append(open_time)
        now += open_time
        call(breaker, FAILURE, now)

    assert open_times == [10, 20, 40, 60, 60, 60, 60]


def test_cancelled_probe_allows_another(breaker):
    fail(breaker, 5)
    call(breaker, None, 10.0)

    assert breaker.open_until(10.0) is None


def test_calls_started_before_opening_do_not_extend_it(breaker):
    """A hundred calls were in flight when the vendor failed; the last to fail must not delay the probe."""
    started = [breaker.begin() for _ in range(100)]
    for number, is_probe in enumerate(started):
        breaker.end(FAILURE, number / 10, is_probe=is_probe)

    assert breaker.open_until(9.9) == pytest.approx(10.4)
    assert breaker.open_until(10.4) is None
