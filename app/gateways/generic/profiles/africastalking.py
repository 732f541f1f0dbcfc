"""Africa's Talking, written from its public pages and its Python client; not yet tested with a live account.

It accepts no reference of ours, and its report address is set in its dashboard, so a report is matched by id
and number. It answers 201 for errors too; without a valid recipient, the response is only a message.
"""

from collections.abc import Mapping

_RECIPIENT = "SMSMessageData.Recipients.0"

AFRICASTALKING: Mapping[str, object] = {
    "url": "https://api.africastalking.com/version1/messaging",
    "headers": {"apiKey": "{secret}"},
    "form": {"username": "{user}", "from": "{sender}", "to": "{to_e164}", "message": "{text}", "bulkSMSMode": "1"},
    "ok_at": f"{_RECIPIENT}.statusCode | SMSMessageData.Message",
    "ok": "100, 101, 102",
    "id_at": f"{_RECIPIENT}.messageId",
    "error_at": f"{_RECIPIENT}.statusCode | SMSMessageData.Message",
    "errors": {
        "401": "content_rejected",
        "402": "invalid_sender",
        "InvalidSenderId": "invalid_sender",
        "403": "invalid_number",
        "404": "invalid_number",
        "405": "no_credit",
        "406": "opted_out",
        "407": "provider_error",
        "409": "invalid_sender",  # classed as promotional, which Nigeria delivers during the day only
        "500": "unsure",
        "501": "unsure",
        "502": "provider_error",
    },
    "report_id_at": "id",
    "report_status_at": "status",
    "report_recipient_at": "phoneNumber",
    "report_statuses": {
        "Sent": "sent",
        "Submitted": "sent",
        "Buffered": "buffered",
        "Success": "delivered",
        "Rejected": "failed",
        "Failed": "failed",
        "Expired": "expired",
        "AbsentSubscriber": "undelivered",
    },
    "report_error_at": "failureReason | status",
    "report_errors": {
        "UserInBlackList": "opted_out",
        "UserIsInactive": "unreachable_permanent",
        "UserAccountSuspended": "unreachable_permanent",
        "UserDoesNotExist": "invalid_number",
        "NotNetworkSubscriber": "unreachable_permanent",
        "DoNotDisturbRejection": "invalid_sender",
        "AbsentSubscriber": "unreachable_temporary",
    },
}
