"""Whether a gateway works: one that fails is left alone for a while, and then tried with one call."""

from app.domain.gateway import GatewayError, Refused
from app.domain.message import Accepted
from app.domain.status import Reason

_FAILURES = 5  # in a row; a vendor that fails now and then is still worth a call
_FIRST_REST = 10.0  # seconds
_MAX_REST = 60.0  # a code lives for five minutes: who comes back must be found while people still wait
_GATEWAY_FAILURES = {
    Reason.AUTH,
    Reason.NO_CREDIT,
    Reason.CONFIG,
}  # it says the same to everybody until somebody mends it


class CircuitBreaker:
    """Lets calls through while a gateway works; after five failures in a row it rests, and then one call probes.

    A rest is ten seconds, doubled by each probe that fails, up to a minute. Moments are seconds of any clock.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._rest = _FIRST_REST
        self._rests_until: float | None = None  # None while it works
        self._is_probed = False

    def open_until(self, now: float) -> float | None:
        """Tell when to look again, or None where a call may go; while a probe is out, nobody else follows it."""
        if self._rests_until is None or (now >= self._rests_until and not self._is_probed):
            return None
        return max(self._rests_until, now + 1.0) if self._is_probed else self._rests_until

    def begin(self) -> bool:
        """Note a call that goes out; tells whether it is the probe."""
        is_probe = self._rests_until is not None
        self._is_probed = self._is_probed or is_probe
        return is_probe

    def end(self, outcome: Accepted | GatewayError | None, now: float, *, is_probe: bool) -> None:
        """Learn from a call; None is one that was cut short, and says nothing of the gateway."""
        if is_probe:
            self._is_probed = False
        if outcome is None:
            return
        failure = _failure(outcome)
        if failure is None:
            self._failures, self._rest, self._rests_until = 0, _FIRST_REST, None
            return
        self._failures += 1
        if is_probe:
            self._rest = min(self._rest * 2, _MAX_REST)
        is_open = self._rests_until is not None and not is_probe  # a straggler makes no rest longer
        if not is_open and (is_probe or self._failures >= _FAILURES or failure.reason in _GATEWAY_FAILURES):
            self._rests_until = now + self._rest


def _failure(outcome: Accepted | GatewayError) -> GatewayError | None:
    """Find what speaks against the gateway: no to a number, a sender or a text does not, nor does "slower"."""
    match outcome:
        case Accepted():
            return None
        case Refused():
            return outcome if outcome.reason in _GATEWAY_FAILURES else None
        case _:
            return outcome if outcome.reason is not Reason.THROTTLED else None
