"""The gateway of a vendor that settings describe.

Each setting is documented beside its field and in docs/operating/http-gateway.md.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from app.domain.gateway import Refused
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import GatewayClient
from app.gateways.generic.access_token import AccessTokens
from app.gateways.generic.report import read_reports
from app.gateways.generic.request import (
    account_values,
    build_headers,
    build_request,
    message_values,
    sent_placeholders,
    with_query,
)
from app.gateways.generic.response_parsing import read_balance, read_response
from app.gateways.generic.settings import HttpSettings
from app.gateways.generic.signature import verify_report
from app.gateways.generic.template import CODE, CONTENT, DLT_IDS, fill_fields
from app.http_client.responses import HttpResponse

_Call = Callable[[Mapping[str, str]], Awaitable[HttpResponse]]


class HttpGateway(BaseGateway[HttpSettings]):
    """Send messages through a vendor that settings describe."""

    Settings = HttpSettings

    def __init__(
        self, settings: HttpSettings, client: GatewayClient, *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(settings, client, clock=clock)
        self.acknowledgement = settings.acknowledgement.encode()
        self.repeats_safely = settings.repeats_safely
        self._sent = sent = sent_placeholders(settings)
        self.takes_dlt_ids = bool(sent & DLT_IDS)
        self._needs_code = sent & CONTENT == {CODE}
        self._tokens = AccessTokens(settings, client, clock=clock) if settings.oauth_url else None

    def takes_sender(self, sender: str) -> bool:
        """Return whether the request names the sender: the vendor's own rules are not known."""
        return bool(sender) and "sender" in self._sent

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        if self._needs_code and not message.code:
            raise Refused("The vendor sends codes only.", reason=Reason.CONTENT_REJECTED, word="no code")
        values = message_values(message, self._settings, report_url=self._report_url(), now=self._clock())
        return read_response(await self._authorized(self._call_send, values), self._settings, values)

    def accepts_token(self, token: str) -> bool:
        """Return whether the token of the report address is correct; always false without reports."""
        return bool(self._settings.report_status_at) and super().accepts_token(token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and read a report call; raises `BadReport` or `InvalidRequest`."""
        verify_report(callback, self._settings, now=now)
        return read_reports(callback, self._settings)

    async def check(self) -> str:
        """Return the balance, if `BALANCE_URL` is set."""
        if not self._settings.balance_url:
            return "not checked: BALANCE_URL is not set"
        values = account_values(self._settings)
        return read_balance(await self._authorized(self._call_balance, values), self._settings, values)

    async def _authorized(self, call: _Call, values: dict[str, str]) -> HttpResponse:
        """Make a call with an access token in `values`, if the vendor wants one, and once more if it is refused.

        A vendor may end a token early, so a 401 is answered by a new one; it has accepted nothing then.
        """
        if self._tokens is None:
            return await call(values)
        values["token"] = await self._tokens.current()
        response = await call(values)
        if response.status != HTTPStatus.UNAUTHORIZED:
            return response
        values["token"] = await self._tokens.replace(values["token"])
        return await call(values)

    async def _call_send(self, values: Mapping[str, str]) -> HttpResponse:
        settings, request = self._settings, build_request(self._settings, values)
        return await self._client.call(
            settings.method, request.url, headers=request.headers, form=request.form, json=request.body
        )

    async def _call_balance(self, values: Mapping[str, str]) -> HttpResponse:
        settings = self._settings
        url = with_query(settings.balance_url or "", fill_fields(settings.balance_query, values))
        return await self._client.call("GET", url, headers=build_headers(settings, values))
