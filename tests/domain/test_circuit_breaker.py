"""Whether a gateway works."""

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
    """Make a call that the breaker let through, and tell it how it ended."""
    assert breaker.open_until(now) is None
    breaker.end(outcome, now, is_probe=breaker.begin())


def fail(breaker, times, now=0.0):
    for _ in range(times):
        call(breaker, FAILURE, now)


def test_four_failures_in_a_row_are_no_reason_to_rest_and_the_fifth_is(breaker):
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
def test_what_says_that_it_works_ends_the_row(breaker, outcome):
    """A gateway that says no to one number, or asks us to slow down, works."""
    fail(breaker, 4)
    call(breaker, outcome)
    fail(breaker, 4)

    assert breaker.open_until(0.0) is None


@pytest.mark.parametrize("reason", [Reason.AUTH, Reason.NO_CREDIT, Reason.CONFIG])
def test_a_sick_account_rests_at_once(breaker, reason):
    """It would say the same to everybody."""
    call(breaker, Refused("no", reason=reason))

    assert breaker.open_until(0.0) == 10.0


def test_after_the_rest_one_call_goes_as_a_probe_and_nobody_beside_it(breaker):
    fail(breaker, 5)

    assert breaker.begin()
    assert [breaker.open_until(10.0) for _ in range(20)] == [11.0] * 20


def test_a_probe_that_works_opens_the_way(breaker):
    fail(breaker, 5)
    call(breaker, Accepted("v-1"), 10.0)

    fail(breaker, 4, 10.0)
    assert breaker.open_until(10.0) is None


def test_each_probe_that_fails_doubles_the_rest_up_to_a_minute(breaker):
    fail(breaker, 5)
    now, rests = 0.0, []
    for _ in range(7):
        rest = breaker.open_until(now) - now
        rests.append(rest)
        now += rest
        call(breaker, FAILURE, now)

    assert rests == [10, 20, 40, 60, 60, 60, 60]


def test_a_probe_that_was_cut_short_says_nothing_and_lets_another_go(breaker):
    fail(breaker, 5)
    call(breaker, None, 10.0)

    assert breaker.open_until(10.0) is None


def test_stragglers_make_no_rest_longer(breaker):
    """A hundred calls were out when the vendor died; the last to fail must not put the probe off."""
    out = [breaker.begin() for _ in range(100)]
    for number, is_probe in enumerate(out):
        breaker.end(FAILURE, number / 10, is_probe=is_probe)

    assert breaker.open_until(9.9) == pytest.approx(10.4)
    assert breaker.open_until(10.4) is None
