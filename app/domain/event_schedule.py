"""When an event is sent again: the schedule of Standard Webhooks, and what an endpoint asks for by `Retry-After`.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
"""

from app.domain.code import RandomBytes

_MINUTE, _HOUR, DAY = 60, 3600, 86400
WAITS_S = (5, 5 * _MINUTE, 30 * _MINUTE, *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)))
"""Seconds before the second and each later try: ten tries in 75 h 35 min 5 s."""

MAX_TRIES = len(WAITS_S) + 1
MAX_RETRY_AFTER_S = DAY
SWITCH_OFF_AFTER_S = 5 * DAY
"""An endpoint that failed for so long is switched off."""

_JITTER = 10  # at most so many percent longer: events that failed together are not all sent again at once


def next_wait_ms(tries: int, random_bytes: RandomBytes, *, retry_after_s: int = 0) -> int | None:
    """Return how long an event waits after its try number `tries`, from 1; None after the last.

    An endpoint may ask for more by `Retry-After`, for a day at most, and not for less.
    """
    if tries >= MAX_TRIES:
        return None
    wait_ms = WAITS_S[tries - 1] * 1000
    jitter_ms = wait_ms * _JITTER * random_bytes(1)[0] // 25500
    return max(wait_ms, min(retry_after_s, MAX_RETRY_AFTER_S) * 1000) + jitter_ms
