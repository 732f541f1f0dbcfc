"""How many messages a worker takes: none while a code waits, and no more than the gateways take now."""

from contextlib import ExitStack

import pytest

from app.domain.gateway_throttle import GatewayThrottle, RateConfig
from app.worker.message_intake import BATCH, MessageIntake

NOW = 100.0


def make_intake(*throttles, has_room_for_codes=True):
    return MessageIntake(throttles, clock=lambda: NOW, has_room_for_codes=lambda: has_room_for_codes)


def test_no_message_is_taken_while_a_code_waits():
    assert make_intake(GatewayThrottle(RateConfig()), has_room_for_codes=False)(0) == 0


def test_messages_are_taken_in_small_batches():
    assert make_intake(GatewayThrottle(RateConfig(slots=1000)))(0) == BATCH


@pytest.mark.parametrize(("slots", "most"), [(1000, 50), (100, 50), (40, 20), (1, 1)])
def test_messages_in_progress_are_bounded(slots, most):
    intake = make_intake(GatewayThrottle(RateConfig(slots=slots)))

    assert intake.slots == most
    assert intake(most) == 0


def test_no_more_are_taken_than_the_gateways_take_now():
    one, two = GatewayThrottle(RateConfig(rate=4)), GatewayThrottle(RateConfig(rate=6))

    assert make_intake(one, two)(0) == 2 + 3


def test_a_message_on_its_way_to_a_call_has_its_place():
    throttle = GatewayThrottle(RateConfig(rate=10))
    intake = make_intake(throttle)

    assert intake(2) == 3, "two of five are taken, and not in a call yet"
    with ExitStack() as calls:
        for _ in range(2):
            calls.enter_context(throttle.acquire(lambda: NOW, has_code=False))
        assert intake(2) == 3, "they are in their calls"
