"""Limits on the size, type and arrival time of a request body."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from app.domain.errors import InvalidRequest
from app.http.admission import REPORTS_PREFIX
from app.http.problems import BodyTooLarge, UnsupportedMediaType

MAX_BYTES = 16 * 1024
MAX_LARGE_BYTES = 1024 * 1024
HOOKS_PREFIX = "/v1/hooks/"
_LARGE = (REPORTS_PREFIX, HOOKS_PREFIX, "/v1/messages")
_TOO_LARGE = "A body may have at most 16 KiB; messages, hooks and reports 1 MiB."
_MAX_LENGTH_DIGITS = 9  # digits; Python reads thousands of them slowly


def require_json(headers: Headers) -> None:
    """Raise `UnsupportedMediaType` unless the only Content-Type is `application/json` and there is no Content-Encoding.

    JSON forces a preflight: a page of another origin may send a form or text without one.
    """
    types = headers.getlist("content-type")
    if len(types) != 1 or types[0].partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("Send 'Content-Type: application/json'.")
    require_plain_encoding(headers)


def require_plain_encoding(headers: Headers) -> None:
    """Raise `UnsupportedMediaType` for a body in a Content-Encoding."""
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")


class BoundedBody:
    """ASGI `receive` for one body, bounded in size and time.

    Raises `BodyTooLarge` above 16 KiB (1 MiB for messages, hooks and reports), and `InvalidRequest` when the body is
    late.
    """

    def __init__(self, scope: Scope, headers: Headers, receive: Receive, *, seconds: float) -> None:
        """Start the deadline: the whole body must arrive within `seconds` from now."""
        self._receive = receive
        self._bytes_left = MAX_LARGE_BYTES if scope["path"].startswith(_LARGE) else MAX_BYTES
        self._seconds = seconds
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._is_complete = False
        self._fits = _fits(headers.get("content-length", "0"), self._bytes_left)
        self._is_large = not self._fits or "transfer-encoding" in headers

    @property
    def has_large_remainder(self) -> bool:
        """Return whether more than a small body may still be unread, so that keep-alive would have to drain it."""
        return self._is_large and not self._is_complete

    def refuse_if_large(self) -> None:
        """Raise `BodyTooLarge` when the Content-Length is above the cap."""
        if not self._fits:
            raise BodyTooLarge(_TOO_LARGE)

    async def __call__(self) -> Message:
        """Return the next ASGI message of the body."""
        if self._is_complete:
            return await self._receive()  # the next message is the disconnect
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            self._is_large = True  # the unread rest has an unknown size
            raise InvalidRequest(f"The body did not arrive in full within {self._seconds:g} seconds.") from error
        self._is_complete = not message.get("more_body", False)
        self._bytes_left -= len(message.get("body", b""))
        if self._bytes_left < 0:
            raise BodyTooLarge(_TOO_LARGE)
        return message


def _fits(content_length: str, max_bytes: int) -> bool:
    """Return whether a Content-Length is within the cap."""
    length = content_length.lstrip("0") or "0"
    return length.isdecimal() and len(length) <= _MAX_LENGTH_DIGITS and int(length) <= max_bytes
