"""seven.io, written from its OpenAPI description and its PHP client; not yet tested with a live account.

It answers 200 to every request: a code is the result, in JSON or, if the key is wrong, as the whole body.
"""

from collections.abc import Mapping

SEVEN: Mapping[str, object] = {
    "url": "https://gateway.seven.io/api/sms",
    "headers": {"X-Api-Key": "{secret}"},
    "form": {
        "from": "{sender}",
        "to": "{to}",
        "text": "{text}",
        "foreign_id": "{id}",
        "ttl": "{valid_for_minutes}",
        "json": "1",  # without it, old accounts get plain text
    },
    "ok_at": "success",
    "ok": "100",
    "id_at": "messages.0.id",
    "error_at": "success | *",
    "errors": {
        "11": "unreachable",
        "201": "invalid_sender",
        "202": "invalid_number",
        "301": "config",
        "305": "content_rejected",
        "401": "content_rejected",
        "402": "duplicate",  # the same text went to the same number within three minutes
        "403": "provider_error",  # this account sent too many SMS to this number today
        "500": "no_credit",
        "600": "unsure",
        "700": "unsure",
        "900": "auth",
        "902": "config",
        "903": "config",
    },
    "balance_url": "https://gateway.seven.io/api/balance",
    "balance_at": "amount | *",
    "report_id_at": "data.msg_id",
    "report_reference_at": "data.foreign_id",
    "report_status_at": "data.status",
    "report_statuses": {
        "ACCEPTED": "queued",
        "TRANSMITTED": "sent",
        "BUFFERED": "buffered",
        "DELIVERED": "delivered",
        "NOTDELIVERED": "undelivered",
        "EXPIRED": "expired",
        "REJECTED": "failed",
        "FAILED": "failed",
        "UNKNOWN": "unknown",
    },
}
