"""Take the events that are due, and store the outcome of each try; `now` is 0 for the server's clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.event_data import Data, event_data
from app.domain.event_schedule import SWITCH_OFF_AFTER_S
from app.domain.events import TYPES_BY_NAME, EventEndpoint, EventType
from app.domain.traceparent import read_traceparent
from app.store.context import StoreContext
from app.store.encryption import UnreadableNumber
from app.store.scripts import Facts

Outcome = Literal["delivered", "failed", "released", "unwanted"]
_MAX_DUE = 100  # that the script reads at once
_NOT_OF_THE_EVENT = {"endpoint", "name", "version"}


class UnreadableEvent(Exception):
    """An event lacks its type or its time, or is of a type that this version does not know."""


@dataclass(frozen=True, slots=True, repr=False)
class TakenEvent:
    """An event that a worker has taken for one endpoint; `repr()` does not show it, for it may hold a whole number."""

    app: str
    endpoint: str
    member: str  # its name in the queue: the id of its entry, and how often it was tried
    off: str  # why the endpoint is switched off, or ""
    fields: Mapping[str, str]
    whole_number: str  # for an endpoint that asks for it, unless it was forgotten

    @property
    def tries(self) -> int:
        """Return how often it was tried before."""
        return int(self.member.partition("/")[2])

    @property
    def type(self) -> EventType | None:
        """Return its type; None for one that this version does not know."""
        return TYPES_BY_NAME.get(self.fields.get("type", ""))

    @property
    def at(self) -> int:
        """Return when it happened, in milliseconds since 1970; raises `UnreadableEvent`."""
        try:
            return int(self.fields["at"])
        except (KeyError, ValueError):
            raise UnreadableEvent from None

    @property
    def subject(self) -> str:
        """Return the id of the verification or message that it is about, or ""."""
        return self.fields.get("message") or self.fields.get("verification", "")

    @property
    def identity(self) -> str:
        """Return what no other event has, and what it has at each endpoint and after a replay."""
        parts = sorted((name, value) for name, value in self.fields.items() if name not in _NOT_OF_THE_EVENT)
        return repr(parts)

    @property
    def loggable_ids(self) -> dict[str, str]:
        """Return the ids of what it is about, and of its trace, that may be logged."""
        ids = {name: self.fields.get(name, "") for name in ("verification", "message")}
        ids["traceparent"] = read_traceparent(self.fields.get("traceparent", ""))
        return {name: id for name, id in ids.items() if id}

    def data(self, type: EventType) -> Data:
        """Return its `data`; raises `UnreadableEvent`."""
        try:
            return event_data(type.family, self.fields, self.whole_number or self.fields.get("masked"))
        except ValueError:
            raise UnreadableEvent from None


class EventDeliveries:
    """The events that wait, as a worker uses them; each method takes one script and one round trip.

    A worker has a taken event to itself for `lease_ms`, which is longer than any call of an endpoint.
    """

    def __init__(self, store: StoreContext, *, lease_ms: int) -> None:
        self._store = store
        self.lease_ms = lease_ms
        self._take = store.script("take_events")
        self._settle = store.script("settle_event")
        self._queue_due = store.script("queue_due_events")

    async def take(self, rooms: Mapping[EventEndpoint, int]) -> list[TakenEvent]:
        """Take what is due, for each endpoint as many events as it has room for."""
        text = " ".join(f"{endpoint.app}/{endpoint.id}={room}" for endpoint, room in rooms.items() if room > 0)
        if not text:
            return []
        facts = Facts(now=self._store.now(), rooms=text, lease=self.lease_ms)
        return [self._taken(*entry) for entry in await self._take([self._store.key("")], facts)]

    async def settle(
        self,
        event: TakenEvent,
        outcome: Outcome,
        *,
        why: str = "",
        wait_ms: int | None = None,
        rest_ms: int = 0,
        is_gone: bool = False,
    ) -> tuple[str, str]:
        """Store an outcome; return what became of the event, and why the endpoint was just switched off, or "".

        A failed event waits for `wait_ms`, or is buried for None; its endpoint gets nothing for `rest_ms`.
        """
        facts = Facts(
            now=self._store.now(),
            app=event.app,
            endpoint=event.endpoint,
            member=event.member,
            outcome=outcome,
            why=why,
            wait="" if wait_ms is None else wait_ms,
            rest=rest_ms or "",
            off="gone" if is_gone else "",
            patience=SWITCH_OFF_AFTER_S * 1000,
        )
        became, *off = await self._settle([self._store.key(""), self._store.key("events_dead")], facts)
        return became.decode(), off[0].decode() if off else ""

    async def queue_due(self) -> int:
        """Write the events that are due by time: verifications that expired, and the end of the failure watch.

        Return how many were due; those that an approval ended are among them, and are no events.
        """
        keys, total, due = [self._store.key("event_timers"), self._store.key("")], 0, _MAX_DUE
        while due == _MAX_DUE:
            facts = Facts(now=self._store.now(), operators=self._store.operators)
            due = int(await self._queue_due(keys, facts))
            total += due
        if total:
            self._store.notifier.notify()
        return total

    def _taken(
        self, app: bytes, endpoint: bytes, member: bytes, off: bytes, sealed: bytes, flat: Sequence[bytes]
    ) -> TakenEvent:
        text = [part.decode(errors="backslashreplace") for part in flat]
        fields = dict(zip(text[::2], text[1::2], strict=True))
        return TakenEvent(
            app=app.decode(),
            endpoint=endpoint.decode(),
            member=member.decode(),
            off=off.decode(),
            fields=fields,
            whole_number=self._open(sealed, fields, app.decode()) if sealed else "",
        )

    def _open(self, sealed: bytes, fields: Mapping[str, str], app: str) -> str:
        """Decrypt the number of an event; return "" where it cannot be read any more: the event shows it masked."""
        name, purpose = (fields.get(field, "") for field in ("name", "purpose"))
        id = fields.get("verification") or fields.get("message", "")
        try:
            return self._store.encryption.decrypt(sealed, name=name, app=app, id=id, purpose=purpose).e164
        except UnreadableNumber:
            return ""
