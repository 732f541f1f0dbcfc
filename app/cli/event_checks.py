"""What `otp doctor` finds about events: endpoints that are switched off or fail, and events that were dropped."""

from datetime import UTC, datetime

from app.cli.output import Finding
from app.container import Container
from app.services.manage_events import dropped_events, endpoint_states
from app.store.event_dead_letters import EndpointState

_OFF = {
    "gone": "it answered 410",
    "failing": "it failed for five days",
}


async def check_events(container: Container) -> list[Finding]:
    """Describe each endpoint by its app, id and state; its URL may hold a token."""
    endpoints, dead_letters = container.deliver_event.endpoints.values(), container.event_dead_letters
    found: list[Finding] = []
    for endpoint, state in await endpoint_states(endpoints, dead_letters):
        severity, message = _describe(state)
        found.append((severity, "events", f"{endpoint.app}, endpoint {endpoint.id}: {message}"))
    if endpoints:
        for app, count in (await dropped_events(dead_letters)).items():
            message = f"{app}: {count} were dropped because 100,000 waited; see `otp events endpoints`"
            found.append(("warn", "events", message))
    return found


def _describe(state: EndpointState) -> tuple[str, str]:
    if state.off:
        why = _OFF.get(state.off, state.off)
        fix = "mend it, then run `otp events replay --endpoint` with its URL from `otp events endpoints`"
        return "bad", f"switched off at {_time(state.off_at)} because {why}; {fix}"
    if state.failing_since:
        return "warn", f"fails since {_time(state.failing_since)} ({state.why}); {state.waiting} wait"
    return "ok", f"{state.waiting} wait"


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
