"""How large a body may be, of what type, and how long it may take."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from app.domain.errors import InvalidRequest
from app.http.admission import REPORTS_PREFIX
from app.http.problems import BodyTooLarge, UnsupportedMediaType

MAX_BYTES = 16 * 1024
MAX_REPORT_BYTES = 1024 * 1024
_TOO_LARGE = "Bodies may have 16 KiB, reports 1 MiB."
_MAX_LENGTH_DIGITS = 9  # digits; Python reads thousands of them slowly


def require_json(headers: Headers) -> None:
    """Raise `UnsupportedMediaType` unless exactly one Content-Type is JSON's, and no Content-Encoding is applied.

    A page of another origin may send any other type without a preflight.
    """
    types = headers.getlist("content-type")
    if len(types) != 1 or types[0].partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("Send 'Content-Type: application/json'.")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without a Content-Encoding.")


class BoundedBody:
    """A body as it comes: stopped at its cap, and when it is not whole in time."""

    def __init__(self, scope: Scope, headers: Headers, receive: Receive, *, seconds: float) -> None:
        """Take all the `seconds` that it may have, from now."""
        self._receive = receive
        self._left = MAX_REPORT_BYTES if scope["path"].startswith(REPORTS_PREFIX) else MAX_BYTES
        self._seconds = seconds
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
            raise BodyTooLarge(_TOO_LARGE)

    async def __call__(self) -> Message:
        """Give the next piece of it."""
        if self._is_whole:
            return await self._receive()  # what comes now is the end of the connection
        try:
            async with asyncio.timeout_at(self._ends):
                message = await self._receive()
        except TimeoutError as error:
            self._is_large = True  # as good as: nobody knows what is still to come
            raise InvalidRequest(f"The body did not arrive whole within {self._seconds:g} seconds.") from error
        self._is_whole = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLarge(_TOO_LARGE)
        return message


def _fits(said: str, most: int) -> bool:
    """Tell whether a body says to be small enough."""
    length = said.lstrip("0") or "0"
    return length.isdecimal() and len(length) <= _MAX_LENGTH_DIGITS and int(length) <= most
