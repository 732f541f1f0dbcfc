"""How large a body may be, of what type, and how long it may take."""

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from app.api.deadline import await_by
from app.api.edge import REPORTS
from app.api.problems import BodyTooLarge, UnsupportedMediaType

MOST = 16 * 1024
MOST_REPORTS = 1024 * 1024
_LONGEST_LENGTH = 9  # digits; Python reads thousands of them slowly


def require_json(headers: Headers) -> None:
    """Raise where a body does not say that it is JSON; a page of anybody's may send any other without a preflight."""
    if not says_json(headers):
        raise UnsupportedMediaType("Send 'Content-Type: application/json'.")


def says_json(headers: Headers) -> bool:
    """Tell whether a body says that it is JSON, once."""
    said = headers.getlist("content-type")
    return len(said) == 1 and said[0].partition(";")[0].strip().lower() == "application/json"


class Body:
    """A body as it comes: stopped at its cap, and when it is not whole in time.

    FastAPI makes a bad request of everything that is raised while it reads, but for its own exceptions.
    """

    def __init__(self, scope: Scope, headers: Headers, receive: Receive, *, seconds: float) -> None:
        """Take all the `seconds` that it may have, from now."""
        self._receive = receive
        self._left = MOST_REPORTS if scope["path"].startswith(REPORTS) else MOST
        self._ends = asyncio.get_running_loop().time() + seconds
        self._is_whole = False
        self._fits = _fits(headers.get("content-length", "0"), self._left)
        self._is_large = not self._fits or "transfer-encoding" in headers

    @property
    def is_owed(self) -> bool:
        """Tell whether a server that goes on listening may have to swallow more than a small body."""
        return self._is_large and not self._is_whole

    def refuse_if_large(self) -> None:
        """Raise where it says itself that it is too large."""
        if not self._fits:
            raise BodyTooLarge("Bodies may have 16 KiB, reports 1 MiB.")

    async def __call__(self) -> Message:
        """Give the next piece of it."""
        if self._is_whole:
            return await self._receive()  # what comes now is the end of the connection
        try:
            message = await await_by(self._ends, self._receive())
        except TimeoutError as error:
            self._is_large = True  # as good as: nobody knows what is still to come
            raise HTTPException(408) from error
        self._is_whole = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413)
        return message


def _fits(said: str, most: int) -> bool:
    """Tell whether a body says to be small enough."""
    length = said.lstrip("0") or "0"
    return length.isdecimal() and len(length) <= _LONGEST_LENGTH and int(length) <= most
