"""Kannel, the open-source gateway, after the source of its smsbox (gw/smsbox.c); nobody has tried it on a live one.

It gives an SMS no id: ours stands in the address of its reports, where Kannel writes the status for %d.
With a charset it makes UCS-2 of the text itself. It answers 202 to what it took, and nothing else.
"""

from collections.abc import Mapping

KANNEL: Mapping[str, object] = {
    "method": "GET",
    "query": {
        "username": "{user}",
        "password": "{password}",
        "from": "{sender}",
        "to": "{to_e164}",
        "text": "{text}",
        "charset": "UTF-8",
        "coding": "{unicode:0|2}",
        "validity": "{valid_for_minutes}",
        "dlr-mask": "31",  # all five
        "dlr-url": "{report_url}?message={id}&status=%d",
    },
    "ok_at": "HTTP",
    "ok": "202",
    "error_at": "*",
    # It stands behind 403, as a wrong password does.
    "errors": {"Not routable. Do not try again.": "provider_error"},
    "report_reference_at": "?message",
    "report_status_at": "?status",
    "report_statuses": {"1": "delivered", "2": "undelivered", "4": "buffered", "8": "sent", "16": "failed"},
}
