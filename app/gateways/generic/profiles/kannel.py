"""Kannel, the open-source gateway, written from its smsbox source (gw/smsbox.c); not yet tested with a live one.

It assigns no id to an SMS: our id is in the report address, where Kannel replaces %d with the status. With
a charset it converts the text to UCS-2 itself. It answers 202 only to an SMS that it accepted.
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
        "dlr-mask": "31",  # all five states
        "dlr-url": "{report_url}?message={id}&status=%d",
    },
    "ok_at": "HTTP",
    "ok": "202",
    "error_at": "*",
    # It comes with 403, as a wrong password does.
    "errors": {"Not routable. Do not try again.": "provider_error"},
    "report_reference_at": "?message",
    "report_status_at": "?status",
    "report_statuses": {"1": "delivered", "2": "undelivered", "4": "buffered", "8": "sent", "16": "failed"},
}
