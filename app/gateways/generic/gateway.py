"""The gateway of a vendor that settings describe.

Each setting is documented beside its field and in docs/operating/http-gateway.md.
"""

from app.domain.message import Accepted, Callback, Message, Report
from app.gateways.base_gateway import BaseGateway
from app.gateways.gateway_client import GatewayClient
from app.gateways.generic.report import read_reports
from app.gateways.generic.request import account_values, build_headers, build_request, message_values, with_query
from app.gateways.generic.response_parsing import read_balance, read_response
from app.gateways.generic.settings import HttpSettings
from app.gateways.generic.signature import verify_report
from app.gateways.generic.template import fill_fields


class HttpGateway(BaseGateway[HttpSettings]):
    """Send messages through a vendor that settings describe."""

    Settings = HttpSettings

    def __init__(self, settings: HttpSettings, client: GatewayClient) -> None:
        super().__init__(settings, client)
        self.acknowledgement = settings.acknowledgement.encode()
        self.repeats_safely = settings.repeats_safely
        self._templates = str((settings.query, settings.form, settings.body, settings.headers))
        self.takes_dlt_ids = "{entity_id}" in self._templates

    def takes_sender(self, sender: str) -> bool:
        """Return whether the request names the sender: the vendor's own rules are not known."""
        return bool(sender) and "{sender}" in self._templates

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`."""
        settings = self._settings
        values = message_values(message, settings, report_url=self._report_url())
        request = build_request(settings, values)
        response = await self._client.call(
            settings.method, request.url, headers=request.headers, form=request.form, json=request.body
        )
        return read_response(response, settings, values)

    def accepts_token(self, token: str) -> bool:
        """Return whether the token of the report address is correct; always false without reports."""
        return bool(self._settings.report_status_at) and super().accepts_token(token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and read a report call; raises `BadReport` or `InvalidRequest`."""
        verify_report(callback, self._settings, now=now)
        return read_reports(callback, self._settings)

    async def check(self) -> str:
        """Return the balance, if `BALANCE_URL` is set."""
        settings = self._settings
        if not settings.balance_url:
            return "not checked: BALANCE_URL is not set"
        values = account_values(settings)
        url = with_query(settings.balance_url, fill_fields(settings.balance_query, values))
        response = await self._client.call("GET", url, headers=build_headers(settings, values))
        return read_balance(response, settings, values)
