"""46elks, after its public pages on sending and on delivery reports; nobody has tried it on a live account.

Its errors are sentences, so that only the HTTP status tells one from another. A report names no number.
"""

from collections.abc import Mapping

ELKS: Mapping[str, object] = {
    "url": "https://api.46elks.com/a1/sms",
    "headers": {"Authorization": "{basic}"},
    "form": {
        "from": "{sender}",
        "to": "{to_e164}",
        "message": "{text}",
        "dontlog": "message",  # the vendor then keeps no copy of the code
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
