"""SMS Gate (sms-gate.app), an Android phone as a gateway, written from its pages; not yet tested with a live phone.

https://docs.sms-gate.app/features/webhooks, and the repository capcom6/android-sms-gateway. The cloud server, a
private server and the server on the phone itself take the same request. Our id becomes its id. The phone calls the
webhook, each event at its own registration, and signs body and time with a key that its settings show, anew for each
try (PayloadSingingPlugin.kt).
"""

from collections.abc import Mapping

SMSGATE: Mapping[str, object] = {
    "url": "https://api.sms-gate.app/3rdparty/v1/messages",
    "headers": {"Authorization": "{basic}"},
    "body": {
        "id": "{id}",
        "textMessage": {"text": "{text}"},
        "phoneNumbers": ["{to_e164}"],
        "ttl": "{valid_for:number}",
        "withDeliveryReport": True,
        "priority": 100,  # from 100 on, the phone's own limits and delays do not apply
    },
    "ok_at": "state",
    "ok": "Pending, Processed, Sent, Delivered",
    "id_at": "id",
    "error_at": "HTTP",
    "errors": {"409": "duplicate"},
    "report_id_at": "payload.messageId",
    "report_recipient_at": "payload.recipient | payload.phoneNumber",
    "report_status_at": "event",
    "report_statuses": {"sms:sent": "sent", "sms:delivered": "delivered", "sms:failed": "failed"},
    "report_check": "hmac",
    "report_name": "X-Signature",
    "report_signed": "{body}{header:X-Timestamp}",
    "report_time": "X-Timestamp",
}
