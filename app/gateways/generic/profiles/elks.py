"""46elks, written from its public pages on sending and on delivery reports; not yet tested with a live account.

Its errors are plain messages, so only the HTTP status distinguishes them. A report contains no number.
"""

from collections.abc import Mapping

ELKS: Mapping[str, object] = {
    "url": "https://api.46elks.com/a1/sms",
    "headers": {"Authorization": "{basic}"},
    "form": {
        "from": "{sender}",
        "to": "{to_e164}",
        "message": "{text}",
        "dontlog": "message",  # the vendor then stores no copy of the code
        "whendelivered": "{report_url}?message={id}",
    },
    "id_at": "id",
    "error_at": "HTTP",
    "errors": {"403": "no_credit"},
    "report_id_at": "id",
    "report_reference_at": "?message",
    "report_status_at": "status",
    "report_statuses": {"sent": "sent", "delivered": "delivered", "failed": "failed"},
}
