"""CM.com, its Business Messaging API, written from its public pages; not yet tested with a live account.

https://developers.cm.com/messaging on responses, errors and status reports, and its client libraries. It assigns no
id to an SMS: our id is its `reference`. Each SMS has its own result, with HTTP 200 or 400. The numbers of the
statuses are not in the sources that were read; check them at the first reports.
"""

from collections.abc import Mapping

_RESULT = "messages.0"

CM: Mapping[str, object] = {
    "url": "https://gw.cmtelecom.com/v1.0/message",
    "body": {
        "messages": {
            "authentication": {"producttoken": "{secret}"},
            "msg": [
                {
                    "allowedChannels": ["SMS"],
                    "from": "{sender}",
                    "to": [{"number": "00{to}"}],
                    "body": {"type": "auto", "content": "{text}"},
                    "reference": "{id}",
                    "minimumNumberOfMessageParts": 1,
                    "maximumNumberOfMessageParts": 8,  # as its libraries send them, for a text of several parts
                }
            ],
        }
    },
    "ok_at": f"{_RESULT}.status | errorCode",
    "ok": "Accepted",
    "error_at": f"{_RESULT}.messageErrorCode | errorCode",
    "errors": {
        "101": "auth",
        "102": "no_credit",
        "103": "auth",
        "202": "config",
        "203": "config",
        "301": "invalid_sender",
        "302": "invalid_number",
        "303": "invalid_number",
        "304": "content_rejected",
        "401": "content_rejected",
        "402": "blocked_destination",
        "403": "provider_error",
        "500": "unsure",
        "999": "unsure",
    },
    "report_reference_at": "messages.msg.reference | messages.msg.0.reference",
    "report_status_at": "messages.msg.status.code | messages.msg.0.status.code",
    "report_statuses": {"0": "sent", "1": "failed", "2": "delivered", "3": "failed"},
}
