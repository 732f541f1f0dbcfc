"""What a gateway's throttle leaves to codes: slots, burst and rate that messages without a code may not take."""

from contextlib import ExitStack

import pytest

from app.domain.gateway import Unsure
from app.domain.gateway_throttle import GatewayThrottle, RateConfig
from app.domain.message import Accepted


class ManualClock:
    """A clock in seconds that a test sets."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return ManualClock()


def call(throttle, clock, *, has_code=False, outcome=None):
    with throttle.acquire(clock, has_code=has_code) as slot:
        slot.outcome = outcome or Accepted("v-1")


def start_as_many_as_may(throttle, clock, *, has_code, calls):
    """Start calls until the throttle refuses one, which stay in progress on the stack; return how many."""
    started = 0
    while throttle.check(clock.now, has_code=has_code) is None:
        calls.enter_context(throttle.acquire(clock, has_code=has_code))
        started += 1
    return started


@pytest.mark.parametrize(("slots", "messages", "codes"), [(100, 50, 50), (3, 1, 2), (2, 1, 1), (1, 1, 0)])
def test_messages_leave_half_of_the_slots_to_codes(clock, slots, messages, codes):
    throttle = GatewayThrottle(RateConfig(slots=slots))

    with ExitStack() as calls:
        assert throttle.message_room(clock.now) == messages
        assert start_as_many_as_may(throttle, clock, has_code=False, calls=calls) == messages
        assert throttle.message_room(clock.now) == 0
        assert start_as_many_as_may(throttle, clock, has_code=True, calls=calls) == codes

    assert throttle.messages_in_flight == 0
    assert throttle.message_room(clock.now) == messages


def test_codes_may_take_all_slots(clock):
    throttle = GatewayThrottle(RateConfig(slots=10))

    with ExitStack() as calls:
        assert start_as_many_as_may(throttle, clock, has_code=True, calls=calls) == 10
        assert throttle.check(clock.now, has_code=False).why == "full"


@pytest.mark.parametrize(
    ("rate", "messages", "codes"), [(100, 50, 50), (10, 5, 5), (4, 2, 2), (2, 1, 1), (1, 1, 0), (0.5, 1, 0)]
)
def test_messages_leave_half_of_a_burst_to_codes(clock, rate, messages, codes):
    throttle = GatewayThrottle(RateConfig(rate=rate))

    with ExitStack() as calls:
        assert throttle.message_room(clock.now) == messages
        assert start_as_many_as_may(throttle, clock, has_code=False, calls=calls) == messages
        assert throttle.message_room(clock.now) == 0
        assert start_as_many_as_may(throttle, clock, has_code=True, calls=calls) == codes


@pytest.mark.parametrize("rate", [0.5, 1, 3, 50])
def test_messages_alone_reach_the_rate(clock, rate):
    throttle, sent, end = GatewayThrottle(RateConfig(rate=rate)), 0, clock.now + 60
    while clock.now < end:
        if unavailable := throttle.check(clock.now, has_code=False):
            clock.now = unavailable.until
        else:
            call(throttle, clock)
            sent += 1

    assert 60 * rate <= sent <= 61 * rate + 1


def test_the_rate_holds_over_codes_and_messages_together(clock):
    """Both always want to send, and codes are looked at first."""
    throttle, sent, end = GatewayThrottle(RateConfig(rate=20)), {True: 0, False: 0}, clock.now + 60
    while clock.now < end:
        for has_code in (True, False):
            if throttle.check(clock.now, has_code=has_code) is None:
                call(throttle, clock, has_code=has_code)
                sent[has_code] += 1
        clock.now += 0.001

    assert 1200 <= sum(sent.values()) <= 1221
    assert sent[False] <= 10, "messages get what codes leave of the rate: the first burst only"


def test_room_is_what_may_start_now(clock):
    throttle = GatewayThrottle(RateConfig(slots=1000, rate=30))
    for _ in range(200):
        room, started = throttle.message_room(clock.now), 0
        while throttle.check(clock.now, has_code=False) is None:
            call(throttle, clock)
            started += 1
        assert started == room
        clock.now += 0.043


def test_a_resting_gateway_has_no_room_and_is_probed_by_one_message(clock):
    throttle = GatewayThrottle(RateConfig())
    for _ in range(5):
        call(throttle, clock, outcome=Unsure("?"))

    assert throttle.message_room(clock.now) == 0
    clock.now += 10
    assert throttle.message_room(clock.now) == 1
    with throttle.acquire(clock, has_code=False):
        assert throttle.message_room(clock.now) == 0


def test_messages_that_wait_have_places_at_the_rate(clock):
    """However many wait, each costs Redis and the worker one try in its time."""
    throttle = GatewayThrottle(RateConfig(rate=10))

    places = [throttle.place_in_line(clock.now) - clock.now for _ in range(10_000)]

    assert places[0] >= 0.25
    assert places[1000] - places[0] == pytest.approx(100)
    assert max(places) == places[-1] == 300, "jobs that wait for longer than any code lives count as due"

    clock.now += 400
    assert throttle.place_in_line(clock.now) - clock.now == pytest.approx(0.35)


def test_waiting_messages_do_not_delay_the_next_look_of_a_code(clock):
    throttle = GatewayThrottle(RateConfig(slots=2))
    with throttle.acquire(clock), throttle.acquire(clock):
        for _ in range(1000):
            throttle.check(clock.now, has_code=False)

        assert throttle.check(clock.now).until - clock.now < 0.4
