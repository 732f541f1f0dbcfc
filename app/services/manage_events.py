"""Operator commands for events: list and replay the dead ones, show the endpoints and their secrets."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.events import EventEndpoint
from app.domain.keyring import Keyring
from app.domain.webhook_signature import endpoint_keys, write_key
from app.store.event_dead_letters import DeadEvent, EndpointState, EventDeadLetters


@dataclass(frozen=True, slots=True)
class EndpointSecret:
    """A secret of an endpoint, and the id of the secret in OTP_SECRETS that it is derived from."""

    endpoint: EventEndpoint
    key_id: str
    secret: str = field(repr=False)


def list_secrets(endpoints: Iterable[EventEndpoint], keyring: Keyring) -> list[EndpointSecret]:
    """Return the secrets of all endpoints, those from the newest of OTP_SECRETS first."""
    return [
        EndpointSecret(endpoint, key_id, write_key(key))
        for endpoint in endpoints
        for key_id, key in endpoint_keys(keyring, app=endpoint.app, url=endpoint.url).items()
    ]


async def list_dead_events(dead_letters: EventDeadLetters) -> list[DeadEvent]:
    """List the dead events, oldest first, at most 100."""
    return await dead_letters.oldest()


async def replay_event(id: str, dead_letters: EventDeadLetters) -> bool:
    """Send a dead event again, and switch its endpoint on; return False when it does not exist."""
    return await dead_letters.replay(id)


async def replay_endpoint(endpoint: EventEndpoint, dead_letters: EventDeadLetters) -> int:
    """Switch an endpoint on, and send all its dead events again; return how many."""
    await dead_letters.switch_on(endpoint)
    return sum([await dead_letters.replay(dead.id) for dead in await dead_letters.of_endpoint(endpoint)])


async def endpoint_states(
    endpoints: Iterable[EventEndpoint], dead_letters: EventDeadLetters
) -> list[tuple[EventEndpoint, EndpointState]]:
    """Read the state of each endpoint."""
    return [(endpoint, await dead_letters.state(endpoint)) for endpoint in endpoints]


async def dropped_events(dead_letters: EventDeadLetters) -> dict[str, int]:
    """Return how many events of each app were dropped because too many waited."""
    return await dead_letters.dropped()
