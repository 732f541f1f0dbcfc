"""Read and replay the events that were buried after their last try, and the states of their endpoints."""

from dataclasses import dataclass
from typing import Any, cast

from app.domain.events import EventEndpoint
from app.store.context import StoreContext
from app.store.dead_letters import is_stream_id
from app.store.scripts import Facts, redis_errors

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class DeadEvent:
    """A buried event; `at` is when it was buried, in milliseconds since 1970, `subject` what it is about."""

    id: str
    at: int
    app: str
    endpoint: str
    type: str
    why: str
    tries: int
    subject: str


@dataclass(frozen=True, slots=True)
class EndpointState:
    """What is stored of an endpoint; times are milliseconds since 1970, 0 for none."""

    waiting: int
    off: str  # "gone", "failing", or "" while it is on
    off_at: int
    failing_since: int
    why: str  # of the last failure


class EventDeadLetters:
    """The stream of buried events, oldest first, and the endpoints as an operator sees them."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._replay = store.script("replay_event")

    async def oldest(self, *, most: int = 100) -> list[DeadEvent]:
        """Read the oldest dead events, at most `most`."""
        return await self._read("-", most)

    async def of_endpoint(self, endpoint: EventEndpoint) -> list[DeadEvent]:
        """Read all dead events of an endpoint."""
        found, page = [], await self._read("-", _PAGE)
        while page:
            found += [one for one in page if (one.app, one.endpoint) == (endpoint.app, endpoint.id)]
            page = await self._read(f"({page[-1].id}", _PAGE)
        return found

    async def replay(self, id: str) -> bool:
        """Queue a dead event again and switch its endpoint on; return False when it does not exist."""
        if not is_stream_id(id):
            return False
        facts = Facts(now=self._store.now(), id=id)
        replayed = await self._replay([self._store.key(""), self._store.key("events_dead")], facts)
        self._store.notifier.notify()
        return bool(replayed == [b"replayed"])

    async def switch_on(self, endpoint: EventEndpoint) -> None:
        """Forget that an endpoint was switched off or failed."""
        with redis_errors():
            await self._store.redis.delete(self._key_of(endpoint))

    async def state(self, endpoint: EventEndpoint) -> EndpointState:
        """Read how many events wait for an endpoint, and whether it fails or is switched off."""
        due = self._store.key("events_due", endpoint.app, endpoint.id)
        with redis_errors():
            waiting = int(await self._store.redis.zcard(due))
            stored: Any = await self._store.redis.hgetall(self._key_of(endpoint))
        state = {name.decode(): value.decode() for name, value in stored.items()}
        off_at, failing_since = (int(state.get(name, 0)) for name in ("off_at", "failing_since"))
        return EndpointState(waiting, state.get("off", ""), off_at, failing_since, state.get("why", ""))

    async def dropped(self) -> dict[str, int]:
        """Return how many events of each app were dropped because too many waited."""
        with redis_errors():
            counts: Any = await self._store.redis.hgetall(self._store.key("event_counts"))
        return {app.decode(): int(count) for app, count in counts.items()}

    def _key_of(self, endpoint: EventEndpoint) -> str:
        return self._store.key("event_endpoint", endpoint.app, endpoint.id)

    async def _read(self, first: str, most: int) -> list[DeadEvent]:
        with redis_errors():
            letters = await self._store.redis.xrange(self._store.key("events_dead"), min=first, count=most)
        return [_dead_event(id.decode(), fields) for id, fields in cast("Any", letters)]


def _dead_event(id: str, fields: dict[bytes, bytes]) -> DeadEvent:
    text = {name.decode(): value.decode(errors="backslashreplace") for name, value in fields.items()}
    return DeadEvent(
        id=id,
        at=int(id.split("-", maxsplit=1)[0]),
        app=text.get("buried:app", ""),
        endpoint=text.get("endpoint", ""),
        type=text.get("type", "unknown"),
        why=text.get("buried:why", ""),
        tries=int(text.get("buried:tries", "0")),
        subject=text.get("message") or text.get("verification", ""),
    )
