"""A gateway whose vendor is described by settings; what each means stands with it, and in docs/http-gateway.md."""

from app.domain.errors import BadReport
from app.domain.message import Accepted, Callback, Message, Report
from app.gateways.gateway_client import GatewayClient
from app.gateways.generic.report import read_reports
from app.gateways.generic.request import account_values, build_headers, build_request, message_values, with_query
from app.gateways.generic.response_parsing import read_answer, read_balance
from app.gateways.generic.settings import HttpSettings
from app.gateways.generic.signature import is_authentic
from app.gateways.generic.template import fill_fields
from app.gateways.report_parsing import is_token


class HttpGateway:
    """Carries messages by a vendor that an operator described."""

    Settings = HttpSettings

    def __init__(self, settings: HttpSettings, client: GatewayClient) -> None:
        self.name = client.name
        self.acknowledgement = settings.acknowledgement.encode()
        self.repeats_safely = settings.repeats_safely
        self._settings = settings
        self._client = client

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`."""
        own = self._settings
        values = message_values(message, own, report_url=self._client.reports_at(own.report_token))
        request = build_request(own, values)
        answer = await self._client.call(
            own.method, request.url, headers=request.headers, form=request.form, json=request.body
        )
        return read_answer(answer, own, values)

    def knows(self, token: str) -> bool:
        """Tell whether an address ends as agreed; a vendor without reports has none."""
        return bool(self._settings.report_status_at) and is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify a call and read it; raises `BadReport` or `InvalidRequest`."""
        if not is_authentic(callback, self._settings):
            raise BadReport
        return read_reports(callback, self._settings)

    async def check(self) -> str:
        """Ask for the balance, where it is said how."""
        own = self._settings
        if not own.balance_url:
            return "cannot be asked without sending"
        values = account_values(own)
        url = with_query(own.balance_url, fill_fields(own.balance_query, values))
        answer = await self._client.call("GET", url, headers=build_headers(own, values))
        return read_balance(answer, own, values)
