"""Check whether the service can serve requests."""

from collections.abc import Callable

from app.domain.errors import TemporarilyUnavailable
from app.store.redis_health import HealthSnapshot, RedisHealth

_MAX_CLOCK_SKEW = 2.0


async def check_readiness(health: RedisHealth, *, clock: Callable[[], float]) -> HealthSnapshot:
    """Check that Redis answers, that its clock is within 2 s of ours, and that a worker is alive.

    Raises `TemporarilyUnavailable` with the first failure.
    """
    snapshot = await health.snapshot()
    if abs(clock() - snapshot.time) > _MAX_CLOCK_SKEW:
        raise TemporarilyUnavailable(
            "The clocks of Redis and this host differ by more than 2 s. Synchronise them.", wait=5
        )
    if not snapshot.has_worker:
        raise TemporarilyUnavailable("No worker is alive. Start `otp worker`.", wait=5)
    return snapshot
