"""The clocks of Redis and of this host: proofs are dated by one, and their age is checked by the other."""

MAX_CLOCK_SKEW_S = 2.0


def clock_skew(redis_time: float, *, now: float) -> str:
    """Return a sentence if both clocks differ too much, else ""; both are seconds since 1970."""
    if abs(now - redis_time) <= MAX_CLOCK_SKEW_S:
        return ""
    return f"The clocks of Redis and this host differ by more than {MAX_CLOCK_SKEW_S:.0f} s. Synchronise them."
