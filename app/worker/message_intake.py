"""How many messages without a code a worker takes: codes come first."""

from collections.abc import Callable, Collection

from app.domain.gateway_throttle import GatewayThrottle

BATCH = 10
"""How many are taken at once: while a worker begins them, a code waits for the event loop."""

PAUSE_S = 0.02
"""Seconds between two batches. With `BATCH` it bounds a worker to 500 messages a second."""

MAX_TRIES = 5000
"""With waits of up to a minute, for longer than any message lives."""

_MOST = 50  # at the same time, whatever the gateways take


class MessageIntake:
    """Returns how many messages to take, from how many are in progress.

    None are taken while this worker has no slot left for codes, or while a code that it has taken was not looked at.
    Beyond that, no more than the gateways take now: what they leave to codes is decided by their throttles.
    """

    def __init__(
        self,
        throttles: Collection[GatewayThrottle],
        *,
        clock: Callable[[], float],
        has_room_for_codes: Callable[[], bool],
    ) -> None:
        """`clock` is that of the throttles, in seconds."""
        self._throttles = throttles
        self._clock = clock
        self._has_room_for_codes = has_room_for_codes

    @property
    def slots(self) -> int:
        """Return how many messages are in progress at most."""
        return min(_MOST, sum(throttle.message_slots for throttle in self._throttles))

    def __call__(self, busy: int) -> int:
        """Return how many more messages to take now; `busy` are in progress, in a call or on the way to one."""
        if busy >= self.slots or not self._has_room_for_codes():
            return 0
        now = self._clock()
        in_calls = sum(throttle.messages_in_flight for throttle in self._throttles)
        room = sum(throttle.message_room(now) for throttle in self._throttles) - (busy - in_calls)
        return min(BATCH, self.slots - busy, room)
