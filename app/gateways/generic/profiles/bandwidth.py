"""Bandwidth (US and Canada), written from its public pages; not yet tested with a live account.

Its pages on messages, webhooks and errors: https://dev.bandwidth.com/docs/messaging, and its repository api-docs. It
answers 202 to an SMS that it queued, with an id; `tag` returns in the reports. Its webhook is set for the whole
application. It signs nothing, but calls with HTTP Basic if the application has credentials for that.
"""

from collections.abc import Mapping

# The reason <- its error code, of a message that failed; of those on a sender, a number and a text.
_CODES = {
    "invalid_number": "4303 4350 4404 4406 4720",
    "unreachable_permanent": "4408 4700 4721",
    "unreachable_temporary": "4701 4702",
    "opted_out": "4775",
    "blocked_destination": "4482 4492",
    "invalid_sender": "4302 4403 4405 4407 4431 4433 4481 4740 4773 4774 4790 4791 4792 4793 4795",
    "content_rejected": "4301 4470 4751 4752 4770 4771",
    "throttled": "4780 4781 4785",
    "provider_error": "4401 4420 4421 4432 4434 4730 5100 5106 5201 5500 5501 5600 5610 5620 5630 5650",
    "expired": "4360",
    "config": "4451 4452",
    "auth": "4493",
}

BANDWIDTH: Mapping[str, object] = {
    "headers": {"Authorization": "{basic}"},
    "body": {
        "applicationId": "{account}",
        "from": "{sender}",
        "to": ["{to_e164}"],
        "text": "{text}",
        "tag": "{id}",
        "expiration": "{expires_at}",
    },
    "id_at": "id",
    "report_id_at": "message.id",
    "report_reference_at": "message.tag",
    "report_recipient_at": "to",
    "report_status_at": "type",
    "report_statuses": {
        "message-sending": "sent",
        "message-delivered": "delivered",
        "message-failed": "failed",
    },
    "report_error_at": "errorCode",
    "report_errors": {code: reason for reason, codes in _CODES.items() for code in codes.split()},
}
