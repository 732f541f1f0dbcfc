"""A circuit breaker for one gateway: it opens after repeated failures and closes after a successful probe."""

from enum import StrEnum

from app.domain.gateway import GatewayError, Refused
from app.domain.message import Accepted
from app.domain.status import Reason

_FAILURES = 5  # in a row; a vendor that fails now and then still works
# Seconds; codes live for five minutes: a recovered gateway must be found while users still wait.
_MIN_OPEN, _MAX_OPEN = 10.0, 60.0
_MIN_OPEN_ALONE, _MAX_OPEN_ALONE = 1.0, 20.0  # where no other gateway sends meanwhile
# With these every message fails until the operator fixes the account.
_GATEWAY_FAILURES = {Reason.AUTH, Reason.NO_CREDIT, Reason.CONFIG}


class Change(StrEnum):
    """What the outcome of a call changed, as logs name it."""

    OPENED = "gateway_rests"
    CLOSED = "gateway_works"


class CircuitBreaker:
    """Allow calls while a gateway works; open after five failures in a row, then allow one probe.

    It stays open for ten seconds, doubled by each failed probe, up to a minute; a gateway that is the only one of a
    route for one second at first, up to twenty. Times are seconds of any clock.
    """

    def __init__(self, *, is_alone: bool = False) -> None:
        self._failures = 0
        self._min_open, self._max_open = (_MIN_OPEN_ALONE, _MAX_OPEN_ALONE) if is_alone else (_MIN_OPEN, _MAX_OPEN)
        self._open_seconds = self._min_open
        self._open_until: float | None = None  # None while closed
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        """Return whether it opened, and no call has succeeded since."""
        return self._open_until is not None

    def open_until(self, now: float) -> float | None:
        """Return when to check again, or None if a call may start; during a probe no other call may."""
        if self._open_until is None or (now >= self._open_until and not self._is_probing):
            return None
        return max(self._open_until, now + 1.0) if self._is_probing else self._open_until

    def begin(self) -> bool:
        """Record the start of a call; return whether it is the probe."""
        is_probe = self._open_until is not None
        self._is_probing = self._is_probing or is_probe
        return is_probe

    def end(self, outcome: Accepted | GatewayError | None, now: float, *, is_probe: bool) -> Change | None:
        """Record the outcome of a call, and return whether it opened or closed the breaker.

        None as an outcome means that the call was cut short, which says nothing about the gateway.
        """
        was_open = self.is_open
        if is_probe:
            self._is_probing = False
        if outcome is None:
            return None
        failure = _failure(outcome)
        if failure is None:
            self._failures, self._open_seconds, self._open_until = 0, self._min_open, None
            return Change.CLOSED if was_open else None
        self._failures += 1
        if is_probe:
            self._open_seconds = min(self._open_seconds * 2, self._max_open)
        is_open = self._open_until is not None and not is_probe  # calls that started earlier do not extend it
        if not is_open and (is_probe or self._failures >= _FAILURES or failure.reason in _GATEWAY_FAILURES):
            self._open_until = now + self._open_seconds
        return Change.OPENED if self.is_open and not was_open else None


def _failure(outcome: Accepted | GatewayError) -> GatewayError | None:
    """Return the failure if it is one of the gateway; a refused number, sender or text and throttling are not."""
    match outcome:
        case Accepted():
            return None
        case Refused():
            return outcome if outcome.reason in _GATEWAY_FAILURES else None
        case _:
            return outcome if outcome.reason is not Reason.THROTTLED else None
