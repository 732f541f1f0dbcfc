"""playSMS, the open-source gateway, written from its webservices page and source; not yet tested with a live one.

It answers 200 to every request, and sends no reports: its statuses must be polled, which is not supported here.
"""

from collections.abc import Mapping

PLAYSMS: Mapping[str, object] = {
    "method": "GET",
    "query": {
        "app": "ws",
        "op": "pv",
        "u": "{user}",
        "h": "{secret}",
        "from": "{sender}",
        "to": "{to_e164}",
        "msg": "{text}",
        "unicode": "{unicode:0|1}",
        "nofooter": "1",
        "format": "json",
    },
    "ok_at": "data.0.status | status",
    "ok": "OK",
    "id_at": "data.0.queue | data.0.smslog_id",
    "error_at": "data.0.error | error",
    "errors": {
        "100": "auth",
        "101": "config",
        "102": "config",
        "103": "no_credit",
        "104": "auth",
        "105": "auth",
        "106": "config",  # our IP address is not on the list
        "200": "provider_error",
        "201": "content_rejected",
    },
    "balance_query": {"app": "ws", "op": "cr", "u": "{user}", "h": "{secret}", "format": "json"},
    "balance_at": "credit",
}
