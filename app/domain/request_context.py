"""What an act knows of the call that asks for it."""

from dataclasses import dataclass

from app.domain.address import Address
from app.domain.app import App


@dataclass(slots=True, repr=False)
class IdempotencyScope:
    """What makes two calls the same: the Idempotency-Key with all that it is scoped to, and the body.

    Neither prints itself: a body holds a number or a code.
    """

    scope: str
    body: str


@dataclass(slots=True, repr=False)
class RequestContext:
    """The app whose key was used, and the person's address where it is known."""

    app: App
    is_backend: bool = True
    address: Address | None = None  # None for a backend that names none: address limits then rest
    repeat: IdempotencyScope | None = None
