"""Check whether the service can serve requests, and what is degraded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.errors import TemporarilyUnavailable
from app.domain.route import EVERYWHERE, Routes
from app.services.parts.clock_skew import clock_skew
from app.store.redis_causes import advice_of
from app.store.redis_health import HealthSnapshot, RedisHealth

_MAX_AGE = 60.0  # of a job, in seconds: a request is refused too while the queue is that far behind
_RETRY_S = 5
_PROCESSES = {
    "reload_failed": "The last SIGHUP changed nothing: the settings from before it are in use. Read the log.",
    "process_missing": "An API process does not come up: fewer run than `otp serve` was started with. Read the log.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A failure or a degradation: a name that never changes, and a sentence for an operator."""

    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """A service that can serve requests, and what is degraded."""

    snapshot: HealthSnapshot
    degraded: Sequence[Finding]


async def check_readiness(
    health: RedisHealth, routes: Routes, *, clock: Callable[[], float], processes: Sequence[str] = ()
) -> Readiness:
    """Check that Redis takes a write, that its clock is within 2 s of ours, and that a worker drains the queue.

    `processes` names what the parent of this process could not do: `reload_failed`, `process_missing`. Each is a
    failure, so that an upgrade of many hosts stops at the first one. Raises `TemporarilyUnavailable` with every
    failure. A route whose gateways all rest is degraded: its SMS wait.
    """
    try:
        snapshot = await health.snapshot()
    except TemporarilyUnavailable as error:
        detail = f"Redis serves no writes: {error.cause}. {advice_of(error.cause)}"
        raise _unavailable([Finding("redis_unavailable", detail)]) from error
    failures = [*_failures(snapshot, now=clock()), *(Finding(name, _PROCESSES[name]) for name in processes)]
    if failures:
        raise _unavailable(failures)
    return Readiness(snapshot, _degraded(routes, snapshot))


def _failures(snapshot: HealthSnapshot, *, now: float) -> list[Finding]:
    failures = []
    if skew := clock_skew(snapshot.time, now=now):
        failures.append(Finding("clock_skew", skew))
    if not snapshot.has_worker:
        failures.append(Finding("no_worker", "No worker is alive. Start `otp worker`."))
    # Messages wait for codes, and for the rate of their gateway: a long queue of them is no failure.
    if max(seconds for queue, seconds in snapshot.oldest.items() if queue != "messages") > _MAX_AGE:
        failures.append(Finding("queue_stalled", "A job waits for more than 60 s. Start further workers."))
    return failures


def _degraded(routes: Routes, snapshot: HealthSnapshot) -> list[Finding]:
    """Find the routes whose gateways all rest after failures."""
    found = []
    for country, route in {EVERYWHERE: routes.default, **routes.countries}.items():
        gateways = sorted({route_step.gateway for step in route for route_step in step})
        if snapshot.resting.issuperset(gateways):
            detail = f"Every gateway of the route {country} rests after failures: {', '.join(gateways)}."
            found.append(Finding("route_resting", detail))
    return found


def _unavailable(failures: Sequence[Finding]) -> TemporarilyUnavailable:
    error = TemporarilyUnavailable(" ".join(failure.detail for failure in failures), wait=_RETRY_S)
    error.failures = [{"name": failure.name, "detail": failure.detail} for failure in failures]
    return error
