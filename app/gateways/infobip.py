"""Infobip, SMS API v3, after its public OpenAPI description and its pages on statuses and errors.

https://www.infobip.com/docs/api/channels/sms. Nobody has tried it on a live account yet. Infobip can
sign its reports, but does not say in public how: they are known by the secret part of their address.
"""

import re
from collections.abc import Mapping

from app.domain.gateway import Refused, Unsure
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.gateway_client import GatewayClient
from app.gateways.report_parsing import (
    amount,
    first_text,
    inside,
    invert_codes,
    is_token,
    make_report,
    read_each,
    read_json,
    segments,
    unreadable_report,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender
from app.http_client import HttpResponse, require_ok

# Infobip's group of statuses -> ours. What is not listed becomes UNKNOWN, never an error.
GROUP = {
    "0": Status.QUEUED,
    "1": Status.SENT,
    "2": Status.UNDELIVERED,
    "3": Status.DELIVERED,
    "4": Status.EXPIRED,
    "5": Status.FAILED,
}
_DUPLICATE = "23"
# The ids of a group that say something else; their names have changed before, their numbers have not.
STATUS = {
    "2": Status.SENT,  # the network has it, the phone does not
    "26": Status.QUEUED,
    _DUPLICATE: Status.UNKNOWN,  # it tells of a repeat, and nothing of the message that was repeated
}

# Why -> the ids of statuses: of a message that is not taken as of one that failed later.
_STATUS_IDS = {
    Reason.INVALID_NUMBER: "8 51 52",
    # On a list of the network, the account's or the fraud guard's, which no other gateway should get round.
    Reason.BLOCKED_DESTINATION: "10 14 87",
    Reason.INVALID_SENDER: "11 13",
    Reason.CONTENT_REJECTED: "24 25",
    Reason.NO_CREDIT: "12 17",
    Reason.THROTTLED: "20",  # for this number, for an hour
    # 6 and 19: a network that this account has no route to; 18: a number that a trial does not reach. Others may
    # reach it, so it is not about the number, and nothing is wrong for other numbers, so it is not about the account.
    Reason.PROVIDER_ERROR: "6 18 19 21 31 100",
    Reason.EXPIRED: "15 29",
}
REASON = invert_codes(_STATUS_IDS)
# Why -> the ids of errors that a report may name beside its status, and that say more.
_ERROR_IDS = {
    Reason.INVALID_NUMBER: "1 5 351 352 3041",
    Reason.UNREACHABLE_TEMPORARY: "6 8 13 27 31 33 256 581 1031",
    Reason.UNREACHABLE_PERMANENT: "9 11 12 565 568 569 629",
    Reason.OPTED_OUT: "573 603",
    Reason.BLOCKED_DESTINATION: "566 604 608 2049 2050 2052",
    Reason.INVALID_SENDER: "368 488 562 563 564 2053",
    Reason.CONTENT_REJECTED: "355 561 607 2051",
    Reason.NO_CREDIT: "4099",
    Reason.CONFIG: "571 572 594 597",
    Reason.THROTTLED: "541 542 609 4103 4104 4202",
    Reason.EXPIRED: "811 4098 4100 4101",
}
ERROR = invert_codes(_ERROR_IDS)


class Infobip:
    """Carries messages by Infobip."""

    acknowledgement = b"OK"
    repeats_safely = True

    class Settings(GatewaySettings):
        """An account at Infobip."""

        url: EncryptedAddress
        """The account's own base URL, like https://xxxxx.api.infobip.com; its home page shows it."""

        api_key: HeaderSecret
        sender: Sender
        report_token: ReportToken

    def __init__(self, settings: Settings, client: GatewayClient) -> None:
        self.name = client.name
        self._settings = settings
        self._client = client
        self._url = settings.url.rstrip("/")

    async def send(self, message: Message) -> Accepted:
        """Hand one message over by our own id; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {"messages": [_write(message, self._settings, self._client.reports_at(self._settings.report_token))]}
        headers = _headers(self._settings)
        answer = await self._client.call("POST", f"{self._url}/sms/3/messages", headers=headers, json=body)
        return _read_answer(answer, message.id)

    def knows(self, token: str) -> bool:
        """Tell whether an address ends in the secret part that Infobip was given."""
        return is_token(token, self._settings.report_token)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Read a batch of delivery reports; raises `InvalidRequest`."""
        said = read_json(callback.body)
        results = said[0].get("results") if len(said) == 1 and isinstance(said[0], dict) else None
        if not isinstance(results, list):
            raise unreadable_report()
        return read_each([result for result in results if not _is_reply(result)], _read_result)

    async def check(self) -> str:
        """Ask for the balance, which only a key with the scope `account-management:manage` may."""
        answer = await self._client.call("GET", f"{self._url}/account/1/balance", headers=_headers(self._settings))
        said = answer.fields()
        require_ok(answer, word=_error(said))
        return amount(said, "balance", currency=first_text(said, "currency"))


def _headers(settings: Infobip.Settings) -> dict[str, str]:
    return {"Authorization": f"App {settings.api_key.get_secret_value()}"}


def _write(message: Message, settings: Infobip.Settings, report_url: str) -> dict[str, object]:
    """Write one message; Infobip takes our id for its own, and refuses it a second time."""
    options: dict[str, object] = {"validityPeriod": {"amount": max(1, message.valid_for), "timeUnit": "SECONDS"}}
    if message.entity_id:
        template = {"contentTemplateId": message.template_id} if message.template_id else {}
        options["regional"] = {"indiaDlt": {"principalEntityId": message.entity_id, **template}}
    return {
        "sender": (message.sender or settings.sender).removeprefix("+"),
        "destinations": [{"to": message.to.digits, "messageId": message.id}],
        "content": {"text": message.text},
        "options": options,
        "webhooks": {
            "delivery": {"url": report_url, "intermediateReport": True, "notify": True},
            "contentType": "application/json",
            "callbackData": message.id,
        },
    }


def _read_answer(answer: HttpResponse, own_id: str) -> Accepted:
    """Find the message's id, or say what went wrong; a refusal comes with HTTP 200."""
    said = answer.fields()
    entry = inside(said, "messages", 0)
    status = inside(entry, "status")
    id, word = first_text(status, "id"), _named(first_text(status, "name"))
    if id == _DUPLICATE:
        return Accepted(own_id)  # nobody else can guess it: an earlier call of ours has arrived
    if GROUP.get(first_text(status, "groupId"), Status.UNKNOWN).is_failure:
        raise Refused("Infobip refused the message.", reason=REASON.get(id, Reason.UNKNOWN), word=word)
    require_ok(answer, word=_error(said))
    if message_id := first_text(entry, "messageId"):
        return Accepted(message_id, segments=segments(inside(entry, "details"), "messageCount"))
    raise Unsure("Infobip answered without an id.")


def _error(said: Mapping[str, object]) -> str:
    """Find the code of a refused request, in its new form and in its old one."""
    return _named(
        first_text(said, "errorCode") or first_text(inside(said, "requestError", "serviceException"), "messageId")
    )


def _named(word: str) -> str:
    """Keep a name or a code of Infobip's; anything longer in its place might quote what we sent."""
    return word if re.fullmatch("[A-Z_]{1,64}|E[0-9]{1,4}", word) else ""


def _is_reply(result: object) -> bool:
    """Tell whether a person wrote back: the dashboard may send those to the same address."""
    return isinstance(result, dict) and "receivedAt" in result


def _read_result(result: Mapping[str, object]) -> Report | None:
    """Read one report."""
    told, error = inside(result, "status"), first_text(inside(result, "error"), "id").removeprefix("0")
    vendor_id, id, word = first_text(result, "messageId"), first_text(told, "id"), first_text(told, "name")
    if not vendor_id or not (id or word):
        return None
    return make_report(
        vendor_id=vendor_id,
        status=STATUS.get(id) or GROUP.get(first_text(told, "groupId"), Status.UNKNOWN),
        word=word or id,
        code=error,
        why=ERROR.get(error) or REASON.get(id),
        reference=first_text(result, "callbackData"),
        recipient=first_text(result, "to"),
    )
