"""jasmin, the open-source SMPP gateway, written from its documentation and source; not yet tested with a live one.

Its HTTP API takes `content` in the GSM alphabet or `hex-content` in UTF-16, and rejects both together. It
repeats a report until the response is `ACK/Jasmin`. Level 3 requests the reports of the SMSC and of the phone.
"""

from collections.abc import Mapping

# The status of a report: that of the phone's network, or in the first report the SMSC's result (SMPP 3.4 §5.1.3).
_STATUSES = {
    "ESME_ROK": "sent",
    "ACCEPTD": "sent",
    "ENROUTE": "sent",
    "DELIVRD": "delivered",
    "EXPIRED": "expired",
    "UNDELIV": "undelivered",
    "DELETED": "failed",
    "REJECTD": "failed",
    "UNKNOWN": "unknown",
    "ESME_RINVDSTADR": "failed",
    "ESME_RINVSRCADR": "failed",
    "ESME_RSUBMITFAIL": "failed",
}

JASMIN: Mapping[str, object] = {
    "form": {
        "username": "{user}",
        "password": "{password}",
        "from": "{sender}",
        "to": "{to}",
        "content": "{gsm_text}",
        "hex-content": "{unicode_hex}",
        "coding": "{unicode:0|8}",
        "validity-period": "{valid_for_minutes}",
        "dlr": "yes",
        "dlr-level": "3",
        "dlr-method": "POST",
        "dlr-url": "{report_url}?message={id}",
    },
    "id_at": 'Success "*"',
    "error_at": 'Error "*"',
    # Most come with 403 or 412, as a wrong password does.
    "errors": {
        "No route found": "provider_error",
        "Failover route has no bound connectors": "unreachable",
        "User throughput exceeded": "throttled",
        "Cannot charge submit_sm, check RouterPB log file for details": "no_credit",
    },
    "balance_query": {"username": "{user}", "password": "{password}"},
    "balance_at": "balance",
    "report_id_at": "id",
    "report_reference_at": "?message",
    "report_status_at": "message_status",
    "report_statuses": _STATUSES,
    "report_error_at": "message_status",
    "report_errors": {"ESME_RINVDSTADR": "invalid_number", "ESME_RINVSRCADR": "invalid_sender"},
    "acknowledgement": "ACK/Jasmin",
}
