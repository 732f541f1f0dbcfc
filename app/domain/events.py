"""Events: the table of their types, which settings, scripts, documentation, OpenAPI and tests read, and endpoints.

An event is a signed HTTP request to an app's own backend, by Standard Webhooks 1.0
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

_ID_LENGTH = 8
MAX_ENDPOINTS = 10
"""Per app: each change writes one event for each of its endpoints that wants it."""


class Family(StrEnum):
    """What an event is about; the events of a family carry the same fields in `data`."""

    VERIFICATION = "verification"
    MESSAGE = "message"
    LIMIT = "limit"
    WATCH = "watch"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class EventType:
    """One type: its name, the letter by which a record names it, and what happened."""

    name: str
    letter: str
    when: str

    @property
    def family(self) -> Family:
        """Return what it is about: the first part of its name."""
        return Family(self.name.partition(".")[0])

    @property
    def is_shared(self) -> bool:
        """Return whether it may concern several apps, so that each app's endpoints are named to the script."""
        return self.family in {Family.LIMIT, Family.WATCH}


EVENT_TYPES = (
    EventType("verification.requested", "r", "A verification was stored, and its first SMS queued."),
    EventType("verification.approved", "a", "The right code was sent; the only event that proves anything."),
    EventType("verification.expired", "x", "Its code was not sent in time."),
    EventType("verification.canceled", "c", "The app canceled it; not what the approval of another one ended."),
    EventType("verification.locked", "l", "Its last attempt was a wrong code."),
    EventType("message.sent", "s", "A gateway accepted an SMS."),
    EventType("message.delivered", "d", "The phone received it, by the network's report."),
    EventType("message.failed", "f", "A gateway refused it, or it did not arrive in time; another one may follow."),
    EventType(
        "limit.warning", "w", "Half, or four fifths, of a limit on SMS or their cost is spent; once a window for each."
    ),
    EventType("watch.raised", "u", "Too many codes are wrong: the failure watch is raised."),
    EventType("watch.ended", "e", "The failure watch is no longer raised."),
    EventType("guard.challenged", "g", "The fraud guard challenges a destination; once an hour for each."),
    EventType("guard.blocked", "b", "The fraud guard blocks a destination; once an hour for each."),
)

FIELDS: Mapping[Family, Mapping[str, str]] = {
    Family.VERIFICATION: {
        "verification_id": "`vf_…`",
        "status": "`pending`, `approved`, `expired`, `canceled` or `locked`",
        "phone_number": "masked; whole where the endpoint asks for it",
        "purpose": "",
        "reference": "your own value, or null",
        "created_at": "a time, as are the other fields that end in `_at`",
        "expires_at": "",
        "ended_at": "null while it is pending",
        "attempts_left": "",
        "sends_left": "",
        "sends": "each with `at` and its `messages`, as in `GET /v1/verifications/{id}`",
    },
    Family.MESSAGE: {
        "message_id": "`ms_…`; of a message of yours the id that you got, whichever gateway was called",
        "verification_id": "of an SMS with a code of ours; null for a message of yours",
        "purpose": "",
        "gateway": "",
        "status": "`sent`, `delivered`, `undelivered`, `expired` or `failed`",
        "reason": "why it failed, or null",
        "segments": "null where the gateway names none, as is `price`",
        "price": "",
        "phone_number": "masked; whole where the endpoint asks for it",
        "reference": "your own value, or null",
    },
    Family.LIMIT: {
        "limit": "`sends_per_app`, `sends_per_country`, `spend_per_app` or `spend_per_country`",
        "app": "of a limit by app, else null",
        "country": "of a limit by country, else null",
        "share": "0.5 or 0.8 of its count",
        "window_ends_at": "when all that is counted now no longer counts",
    },
    Family.WATCH: {
        "app": "the app whose checks are counted; null for those of all apps",
        "failed": "wrong codes of the last ten minutes",
        "checked": "all checked codes of the last ten minutes",
    },
    Family.GUARD: {
        "app": "",
        "decision": "`challenge` or `block`",
        "mode": "`enforce`, or `monitor`, in which nothing was refused",
        "country": "",
        "block": "the name of a block, as `otp guard status` shows it; null where its country decided",
        "evidence": "a list of words, which the page about the guard explains",
        "count": "how many decisions there were since the last such event",
    },
}
"""The fields of `data`, in their order, each with a description unless its name says all."""

TYPES_BY_NAME: Mapping[str, EventType] = {type.name: type for type in EVENT_TYPES}


@dataclass(frozen=True, slots=True)
class EventEndpoint:
    """A URL of an app that wants events of some types; `repr()` hides the URL, which may hold a token."""

    app: str
    url: str = field(repr=False)
    types: frozenset[str]
    whole_number: bool = False

    @property
    def id(self) -> str:
        """Return the short name that Redis and logs use in place of the URL."""
        return sha256(self.url.encode()).hexdigest()[:_ID_LENGTH]

    def wants(self, *, shared: bool) -> str:
        """Write which types it wants as the scripts read it: `1f2e3d4c=rax`, with `+` for whole numbers; or "".

        With `shared`, these are the types that may concern several apps, and the app stands before the id.
        """
        letters = "".join(type.letter for type in EVENT_TYPES if type.name in self.types and type.is_shared is shared)
        name = f"{self.app}/{self.id}" if shared else self.id
        return f"{name}{'+' if self.whole_number else '='}{letters}" if letters else ""


def join_wants(endpoints: Iterable[EventEndpoint], *, shared: bool) -> str:
    """Write which types these endpoints want, separated by spaces."""
    return " ".join(filter(None, (endpoint.wants(shared=shared) for endpoint in endpoints)))


class EventEndpoints:
    """The endpoints of one app, and which types they want, as a record stores it."""

    def __init__(self, endpoints: Iterable[EventEndpoint] = ()) -> None:
        """Write the wants once: each request for a code passes them."""
        self._endpoints = tuple(endpoints)
        self.wants = join_wants(self._endpoints, shared=False)

    def __iter__(self) -> Iterator[EventEndpoint]:
        return iter(self._endpoints)


NO_ENDPOINTS = EventEndpoints()
