"""MSG91, its OTP API, written from its public help and API pages; not yet tested with a live account.

It writes the text itself, from a template that is registered with India's DLT, and takes only the code. Each answer
is HTTP 200 with `success` or `error`. Its reports are those of version 3 of its webhook: one JSON object without our
id.
"""

from collections.abc import Mapping

MSG91: Mapping[str, object] = {
    "url": "https://control.msg91.com/api/v5/otp",
    "headers": {"authkey": "{secret}"},
    "query": {
        "template_id": "{template}",
        "mobile": "{to}",
        "otp": "{code}",
        "otp_expiry": "{valid_for_minutes}",
    },
    "ok_at": "type",
    "ok": "success",
    "id_at": "request_id | message",
    "report_id_at": "requestId",
    "report_recipient_at": "number",
    "report_status_at": "status",
    "report_statuses": {
        "1": "delivered",
        "2": "failed",
        "9": "failed",
        "16": "failed",
        "17": "failed",
        "25": "failed",
    },
    "report_error_at": "status",
    "report_errors": {
        "9": "invalid_sender",  # NDNC: only what counts as promotional is blocked for it
        "17": "blocked_destination",
    },
}
