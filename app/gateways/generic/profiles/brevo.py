"""Brevo, written from its API description and its page on webhooks; not yet tested with a live account.

https://developers.brevo.com/docs/transactional-webhooks; the codes of errors are those of its Python client. It has
no field for our id that returns in a report, so the id is in the report address. It treats a text as Unicode only if
the request states it. `invalid_parameter` may be about the number, the sender or the text.
"""

from collections.abc import Mapping

BREVO: Mapping[str, object] = {
    "url": "https://api.brevo.com/v3/transactionalSMS/send",
    "headers": {"api-key": "{secret}"},
    "body": {
        "sender": "{sender}",
        "recipient": "{to}",
        "content": "{text}",
        "type": "transactional",
        "unicodeEnabled": "{unicode:boolean:false|true}",
        "webUrl": "{report_url}?message={id}",
    },
    "id_at": "messageId",
    "error_at": "code",
    "errors": {
        "not_enough_credits": "no_credit",
        "unauthorized": "auth",
        "permission_denied": "auth",
        "account_under_validation": "auth",
        "duplicate_request": "duplicate",
    },
    "report_id_at": "messageId",
    "report_reference_at": "?message",
    "report_recipient_at": "to",
    "report_status_at": "msg_status",
    "report_statuses": {
        "sent": "sent",
        "delivered": "delivered",
        "soft_bounce": "undelivered",
        "hard_bounce": "undelivered",
    },
}
