"""httpSMS (httpsms.com), an Android phone as a gateway, written from its source; not yet tested with a live phone.

The repository NdoleStudio/httpsms, and https://docs.httpsms.com/webhooks/events. It sends from the number of the
phone, whatever an app's sender is. An event of a failed or expired SMS has our id, one of a sent or delivered SMS has
not. It signs its calls by a JWT with the webhook's signing key, which names the address and is valid for ten minutes;
the body is not signed. See getAuthToken in webhook_service.go.
"""

from collections.abc import Mapping

HTTPSMS: Mapping[str, object] = {
    "url": "https://api.httpsms.com/v1/messages/send",
    "headers": {"x-api-key": "{secret}"},
    "body": {"from": "{account}", "to": "{to_e164}", "content": "{text}", "request_id": "{id}"},
    "ok_at": "status",
    "ok": "success",
    "id_at": "data.id",
    "report_id_at": "data.id | data.message_id",
    "report_reference_at": "data.request_id",
    "report_recipient_at": "data.contact",
    "report_status_at": "type",
    "report_statuses": {
        "message.phone.sent": "sent",
        "message.phone.delivered": "delivered",
        "message.send.failed": "failed",
        "message.send.expired": "expired",
    },
    "report_check": "jwt-hs256",
    "report_name": "Authorization",
    "report_prefix": "Bearer ",
}
