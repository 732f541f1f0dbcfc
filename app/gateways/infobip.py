"""Infobip, SMS API v3, written from its public OpenAPI description and its pages on statuses and errors.

https://www.infobip.com/docs/api/channels/sms. Not yet tested with a live account. Infobip can
sign its reports, but does not publish how: the secret token in their address authenticates them.
"""

from collections.abc import Mapping

from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason, Status
from app.gateways.base_gateway import BaseGateway
from app.gateways.report_parsing import (
    balance,
    first_text,
    invert_codes,
    loggable,
    make_report,
    object_at,
    price,
    read_each,
    read_json,
    segments,
    unreadable_report,
)
from app.gateways.settings_fields import EncryptedAddress, GatewaySettings, HeaderSecret, ReportToken, Sender

_MAX_VALIDITY = 172_800  # seconds: two days

# Infobip's group of statuses -> our status: it adds statuses, but no groups.
GROUP = {
    "0": Status.QUEUED,
    "1": Status.SENT,
    "2": Status.UNDELIVERED,
    "3": Status.DELIVERED,
    "4": Status.EXPIRED,
    "5": Status.FAILED,
}
_DUPLICATE = "23"
# Status ids that differ from their group. Infobip has changed their names before, but not their numbers.
STATUS = {
    "2": Status.SENT,  # the network accepted it, the phone has not
    "26": Status.QUEUED,
    _DUPLICATE: Status.UNKNOWN,  # it reports a repeated request, not the state of the first message
}

# Reason -> status ids, of a message that is refused or that fails later.
_STATUS_IDS = {
    Reason.INVALID_NUMBER: "8 51 52",
    # On a blocklist of the network, the account or the vendor's fraud guard, which no other gateway should bypass.
    Reason.BLOCKED_DESTINATION: "10 14 87",
    Reason.INVALID_SENDER: "11 13",
    Reason.CONTENT_REJECTED: "24 25",
    Reason.NO_CREDIT: "12 17",
    Reason.THROTTLED: "20",  # for this number, for an hour
    # 6 and 19: a network that this account has no route to; 18: a number that a trial account does not reach. Another
    # gateway may reach it, so it is not about the number; other numbers still work, so it is not about the account.
    Reason.PROVIDER_ERROR: "6 18 19 21 31 100",
    Reason.EXPIRED: "15 29",
}
REASON = invert_codes(_STATUS_IDS)
# Reason -> error ids, which a report may carry beside its status and which are more specific.
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
REPORT_REASON = invert_codes(_ERROR_IDS)

_HANDSET_ERRORS = "1"  # the group of errors that a phone or its network has reported
_WORD = "[A-Z_]{1,64}|E[0-9]{1,4}"  # a status name or an error code


class Infobip(BaseGateway["Infobip.Settings"]):
    """Send messages through Infobip."""

    title = "Infobip"
    repeats_safely = True
    takes_dlt_ids = True

    class Settings(GatewaySettings):
        """An account at Infobip."""

        url: EncryptedAddress
        """The account's base URL, like https://xxxxx.api.infobip.com; the account's home page shows it."""

        api_key: HeaderSecret
        sender: Sender
        report_token: ReportToken

    async def send(self, message: Message) -> Accepted:
        """Send one message under our id; raises `Refused`, `Unreachable` or `Unsure`."""
        body = {"messages": [_message_body(message, self._settings, self._report_url())]}
        entry = object_at(await self._call("POST", "/sms/3/messages", json=body), "messages", 0)
        if first_text(object_at(entry, "status"), "id") == _DUPLICATE:
            return Accepted(message.id)  # our ids are unguessable, so an earlier call of ours has arrived
        segment_count = segments(object_at(entry, "details"), "messageCount")
        return self._accepted(first_text(entry, "messageId"), segments=segment_count)

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Read a batch of delivery reports; raises `InvalidRequest`."""
        fields = read_json(callback.body)
        results = fields[0].get("results") if len(fields) == 1 and isinstance(fields[0], dict) else None
        if not isinstance(results, list):
            raise unreadable_report()
        # The dashboard can route replies to the same address; only they have this field.
        return read_each([result for result in results if "receivedAt" not in object_at(result)], _read_result)

    async def check(self) -> str:
        """Return the balance; the API key needs the scope `account-management:manage`."""
        fields = await self._call("GET", "/account/1/balance")
        return balance(fields, "balance", currency=first_text(fields, "currency"))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"App {self._settings.api_key.get_secret_value()}"}

    def _read_error(self, fields: Mapping[str, object]) -> tuple[Reason | None, str]:
        """Read the status of a refused message, or the code of a refused request in the new or the old format."""
        status = object_at(fields, "messages", 0, "status")
        id, group = first_text(status, "id"), GROUP.get(first_text(status, "groupId"), Status.UNKNOWN)
        if group.is_failure and id != _DUPLICATE:
            # Raised here, because its throttling (20) lasts an hour: another gateway is called, and not this one again.
            raise self._refused(REASON.get(id, Reason.UNKNOWN), word=loggable(first_text(status, "name"), _WORD))
        code = first_text(object_at(fields, "requestError", "serviceException"), "messageId")
        return None, loggable(first_text(fields, "errorCode") or code, _WORD)


def _message_body(message: Message, settings: Infobip.Settings, report_url: str) -> dict[str, object]:
    """Build one message; Infobip uses our id as its own, and rejects a second message with the same id."""
    seconds = min(max(1, message.valid_for), _MAX_VALIDITY)
    options: dict[str, object] = {"validityPeriod": {"amount": seconds, "timeUnit": "SECONDS"}}
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


def _read_result(result: Mapping[str, object]) -> Report | None:
    """Read one report; a permanent error of the phone that is in no table still concerns the number."""
    status, problem = object_at(result, "status"), object_at(result, "error")
    id, error = first_text(status, "id"), first_text(problem, "id").removeprefix("0")
    is_permanent = first_text(problem, "groupId") == _HANDSET_ERRORS and problem.get("permanent") is True
    permanent = Reason.UNREACHABLE_PERMANENT if is_permanent else None
    return make_report(
        vendor_id=first_text(result, "messageId"),
        status=STATUS.get(id) or GROUP.get(first_text(status, "groupId")),
        word=first_text(status, "name", "id"),
        code=error,
        reason=REPORT_REASON.get(error) or permanent or REASON.get(id),
        reference=first_text(result, "callbackData"),
        recipient=first_text(result, "to"),
        price=_total(result),
    )


def _total(result: Mapping[str, object]) -> str | None:
    """Return the price of all segments; Infobip reports that of one."""
    of_one = object_at(result, "price")
    count = segments(result, "messageCount") or 1
    return price(*[of_one.get("pricePerMessage")] * count, currency=first_text(of_one, "currency"))
