"""The context of a request that services receive."""

from dataclasses import dataclass

from app.domain.address import Address
from app.domain.app import App
from app.domain.callers import CallerKind


@dataclass(slots=True, repr=False)
class IdempotencyScope:
    """What identifies a repeated request: the Idempotency-Key with its scope, and the body.

    `repr()` shows neither, because a body holds a number or a code.
    """

    scope: str
    body: str
    seconds: int | None = None  # that the response is stored; None for as long as its operation stores it


@dataclass(slots=True, repr=False)
class RequestContext:
    """The app whose key was used, the user's address if it is known, and the ids that join the lines of the log."""

    app: App
    is_backend: bool = True  # has a secret key
    address: Address | None = None  # None if a backend sends none; address limits are then skipped
    key: str = ""  # the id of its API key
    idempotency: IdempotencyScope | None = None
    request_id: str = ""
    traceparent: str = ""

    @property
    def caller_kind(self) -> CallerKind:
        """Return what its key makes it; a device token may make it a known device."""
        return CallerKind.BACKEND if self.is_backend and not self.app.relays else CallerKind.STRANGER
