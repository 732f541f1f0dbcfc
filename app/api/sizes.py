"""How large a body may be, of what type, and how long it may take."""

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from app.api.edge import REPORTS
from app.api.problems import BodyTooLarge, UnsupportedMediaType

MOST = 16 * 1024
MOST_REPORTS = 1024 * 1024
_LONGEST_LENGTH = 9  # digits; Python reads thousands of them slowly


def refuse_body(scope: Scope, headers: Headers) -> None:
    """Raise what the headers alone show to be wrong."""
    length = headers.get("content-length", "0").lstrip("0") or "0"
    if not length.isdecimal() or len(length) > _LONGEST_LENGTH or int(length) > _most(scope["path"]):
        raise BodyTooLarge("Bodies may have 16 KiB, reports 1 MiB.")


def require_json(headers: Headers) -> None:
    """Raise where a body does not say that it is JSON; a page of anybody's may send any other without a preflight."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("Send 'Content-Type: application/json'.")


def capped(scope: Scope, receive: Receive, *, seconds: float) -> Receive:
    """Count a body that does not tell its length, and stop it at the cap, or when it is not whole in time.

    FastAPI makes a bad request of everything that is raised while it reads, but for its own exceptions.
    """
    left, is_whole = _most(scope["path"]), False
    ends = asyncio.get_running_loop().time() + seconds

    async def receive_capped() -> Message:
        nonlocal left, is_whole
        if is_whole:
            return await receive()  # what comes now is the end of the connection
        try:
            async with asyncio.timeout_at(ends):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408) from error
        is_whole = not message.get("more_body", False)
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return receive_capped


def _most(path: str) -> int:
    return MOST_REPORTS if path.startswith(REPORTS) else MOST
