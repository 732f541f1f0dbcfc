"""What a peer answered, and the error that its HTTP status stands for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import orjson

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason

MAX_RETRY_AFTER = 60  # seconds; a vendor that asks for more is retried sooner, because codes expire within minutes
_REASON = {401: Reason.AUTH, 402: Reason.NO_CREDIT, 403: Reason.AUTH} | dict.fromkeys([404, 405, 410], Reason.CONFIG)


@dataclass(frozen=True, slots=True, repr=False)
class HttpResponse:
    """A response. `repr()` does not show it, because several vendors echo the text."""

    status: int
    headers: Mapping[str, str]  # names are case-insensitive
    body: bytes

    def json(self) -> object:
        """Parse the body as JSON; None if it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def fields(self) -> Mapping[str, object]:
        """Parse the body as a JSON object; empty if it is not one."""
        document = self.json()
        return document if isinstance(document, dict) else {}


def require_ok(response: HttpResponse, *, word: str = "") -> None:
    """Raise the error that an HTTP status other than 2xx stands for; use it after a gateway's own error table."""
    status, vendor_word, word = response.status, word, word or f"HTTP {response.status}"
    if 200 <= status < 300:  # noqa: PLR2004 - the status classes need no names
        return
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Unreachable("The gateway is throttling.", reason=Reason.THROTTLED, word=word, after=retry_after(response))
    if status == httpx.codes.SERVICE_UNAVAILABLE:
        raise Unreachable("The gateway is not available.", word=word, after=retry_after(response))
    if status == httpx.codes.REQUEST_TIMEOUT or status >= 500:  # noqa: PLR2004 - see the first check
        raise Unsure("The gateway failed on its side.", reason=Reason.PROVIDER_ERROR, word=word)
    if status < 400:  # noqa: PLR2004 - see the first check
        raise Refused("The gateway is not at this address.", reason=Reason.CONFIG, word=word)
    # If a vendor explains a 403 by its own code, it may concern one message and not the account.
    reason = Reason.UNKNOWN if vendor_word and status == httpx.codes.FORBIDDEN else _REASON.get(status, Reason.UNKNOWN)
    raise Refused("The gateway refused.", reason=reason, word=word)


def retry_after(response: HttpResponse) -> int | None:
    """Return the seconds of a `Retry-After` header, at most 60, or None.

    Only whole seconds are read: a date would depend on two clocks, to avoid one early retry.
    """
    retry_after_header = response.headers.get("retry-after", "").strip()
    return min(int(retry_after_header), MAX_RETRY_AFTER) if re.fullmatch("[0-9]{1,9}", retry_after_header) else None
