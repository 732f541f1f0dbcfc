"""The context of a request that services receive."""

from dataclasses import dataclass

from app.domain.address import Address
from app.domain.app import App


@dataclass(slots=True, repr=False)
class IdempotencyScope:
    """What identifies a repeated request: the Idempotency-Key with its scope, and the body.

    `repr()` shows neither, because a body holds a number or a code.
    """

    scope: str
    body: str


@dataclass(slots=True, repr=False)
class RequestContext:
    """The app whose key was used, the user's address if it is known, and the ids that join the lines of the log."""

    app: App
    is_backend: bool = True
    address: Address | None = None  # None if a backend sends none; address limits are then skipped
    idempotency: IdempotencyScope | None = None
    request_id: str = ""
    traceparent: str = ""
