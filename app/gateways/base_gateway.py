"""The part of a gateway that does not depend on its vendor."""

import time
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from pydantic import SecretStr

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.sender import PLAIN_NAME, is_taken
from app.domain.status import Reason
from app.gateways.gateway_client import GatewayClient
from app.gateways.report_verification import is_token
from app.http_client.responses import HttpResponse, require_ok, retry_after


class _Settings(Protocol):
    """The settings that every gateway has."""

    @property
    def url(self) -> str | None: ...

    @property
    def report_token(self) -> SecretStr | None: ...


_SettingsT = TypeVar("_SettingsT", bound=_Settings)

UNNAMED = "other"
"""The word of an error that has no code, so that the HTTP status says more."""


class BaseGateway(Generic[_SettingsT]):
    """A gateway without its `Settings`, `send`, `read_report` and `check`, which each vendor's class adds.

    Where a vendor differs, its class overrides the attributes, `_base_url`, `_headers` and
    `_read_error`, which `_call` uses.
    """

    title = "The vendor"  # its name in error messages
    acknowledgement = b"OK"
    repeats_safely = False
    takes_dlt_ids = False
    sender_names = PLAIN_NAME  # the names that it takes as a sender

    def __init__(self, settings: _SettingsT, client: GatewayClient, *, clock: Callable[[], float] = time.time) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client
        self._clock = clock  # for vendors that take a time, not a number of seconds

    @property
    def sender(self) -> str:
        """Return the sender of a message that names none; "" if the vendor chooses it."""
        return getattr(self._settings, "sender", None) or ""  # not every vendor has this setting

    def takes_sender(self, sender: str) -> bool:
        """Return whether the vendor takes an SMS with this sender."""
        return is_taken(sender, self.sender_names)

    def accepts_token(self, token: str) -> bool:
        """Return whether the token of the report address is correct; without a `REPORT_TOKEN` it must be empty."""
        return is_token(token, self._settings.report_token)

    def _base_url(self) -> str:
        """Return the URL with which the path of every call is joined."""
        return (self._settings.url or "").rstrip("/")

    def _headers(self) -> dict[str, str]:
        """Return the headers that authenticate a call."""
        return {}

    def _report_url(self, message_id: str = "") -> str:
        """Return the address for reports; with our id in its query for a vendor that returns it nowhere else."""
        url, token = self._client.report_url, self._settings.report_token
        return f"{url}{f'/{token.get_secret_value()}' if token else ''}{f'?message={message_id}' if message_id else ''}"

    async def _call(
        self, method: str, path: str, *, json: object = None, form: Mapping[str, str] | None = None
    ) -> Mapping[str, object]:
        """Make one authenticated call and read its response; raises `Refused`, `Unreachable` or `Unsure`."""
        url = f"{self._base_url()}{path}"
        return self._read_response(await self._client.call(method, url, headers=self._headers(), json=json, form=form))

    def _read_response(self, response: HttpResponse) -> Mapping[str, object]:
        """Return the fields of a response; raises `Refused`, `Unreachable` or `Unsure` for an error.

        A listed error of the vendor's is more specific than the HTTP status, so it comes first. An unlisted
        one refuses the message with HTTP 2xx too: without it, a refused SMS would count as perhaps sent.
        """
        fields = response.fields()
        reason, word = self._read_error(fields)
        if reason is Reason.THROTTLED:
            raise Unreachable(f"{self.title} is throttling.", reason=reason, word=word, after=retry_after(response))
        if reason:
            raise self._refused(reason, word=word)
        require_ok(response, word="" if word == UNNAMED else word)
        if word:
            raise self._refused(word=word)
        return fields

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        """Return the reason of the vendor's own error, None if unlisted, and its code for logs, "" without an error."""
        return None, ""

    def _refused(self, reason: Reason = Reason.UNKNOWN, *, word: str) -> Refused:
        """Return the error of a message that the vendor refused."""
        return Refused(f"{self.title} refused the message.", reason=reason, word=word)

    def _accepted(self, message_id: str, *, segments: int | None = None, price: str | None = None) -> Accepted:
        """Return the accepted message; raises `Unsure` without an id."""
        if not message_id:
            raise Unsure(f"{self.title} answered without an id.")
        return Accepted(message_id, segments=segments, price=price)
