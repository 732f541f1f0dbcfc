"""SMSAPI (smsapi.com, smsapi.pl), written from its client libraries; not yet tested with a live account.

Requests and responses are those of smsapi-go and of the fixtures of smsapi-python-client, its error codes those of
smsapi-csharp-client and client_smsapi. It answers 200 to every request. One call may report several SMS, in lists
separated by commas, and wants `OK`. Only 403 and 404 of the statuses are in the sources that were read; check the
others at the first reports.
"""

from collections.abc import Mapping

SMSAPI: Mapping[str, object] = {
    "url": "https://api.smsapi.com/sms.do",
    "headers": {"Authorization": "Bearer {secret}"},
    "form": {
        "from": "{sender}",
        "to": "{to}",
        "message": "{text}",
        "encoding": "utf-8",
        "idx": "{id}",
        "notify_url": "{report_url}",
        "format": "json",
    },
    "ok_at": "error | list.0.status",
    "ok": "QUEUE, SENT, ACCEPTED",
    "id_at": "list.0.id",
    "error_at": "error | list.0.error",
    "errors": {
        "11": "content_rejected",
        "12": "content_rejected",
        "13": "provider_error",  # wrong, blocked, or abroad where the account may not send abroad
        "14": "invalid_sender",
        "17": "content_rejected",
        "33": "provider_error",
        "52": "provider_error",  # too many SMS to this number within a minute
        "53": "duplicate",
        "57": "blocked_destination",
        "70": "config",
        "74": "config",
        "101": "auth",
        "102": "auth",
        "103": "no_credit",
        "105": "config",  # our IP address is not on the list
        "110": "config",
        "200": "unreachable",
        "201": "unsure",
        "202": "throttled",
        "666": "unsure",
        "999": "unsure",
        "1000": "config",
        "1001": "config",
    },
    "balance_url": "https://api.smsapi.com/profile",
    "balance_at": "points",
    "report_id_at": "?MsgId[,] | MsgId[,]",
    "report_reference_at": "?idx[,] | idx[,]",
    "report_recipient_at": "?to[,] | to[,]",
    "report_status_at": "?status[,] | status[,]",
    "report_statuses": {
        "402": "expired",
        "403": "sent",
        "404": "delivered",
        "405": "undelivered",
        "406": "failed",
        "407": "failed",
        "408": "unknown",
        "409": "queued",
        "410": "sent",
    },
    "acknowledgement": "OK",
}
