"""ClickSend, written from its public REST API v3; not yet tested with a live account.

It answers 200 even if an SMS is refused: each SMS has its own status. Of the codes in its reports, only
those for delivered and failed are public.
"""

from collections.abc import Mapping

CLICKSEND: Mapping[str, object] = {
    "url": "https://rest.clicksend.com/v3/sms/send",
    "headers": {"Authorization": "{basic}"},
    "body": {"messages": [{"from": "{sender}", "to": "{to_e164}", "body": "{text}", "custom_string": "{id}"}]},
    "ok_at": "data.messages.0.status | response_code",
    "ok": "SUCCESS",
    "id_at": "data.messages.0.message_id",
    "error_at": "data.messages.0.status | response_code",
    "errors": {
        "MISSING_CREDENTIALS": "auth",
        "INVALID_CREDENTIALS": "auth",
        "ACCOUNT_NOT_ACTIVATED": "auth",
        "INSUFFICIENT_CREDIT": "no_credit",
        "INVALID_SENDER_ID": "invalid_sender",
        "INVALID_RECIPIENT": "invalid_number",
        "COUNTRY_NOT_ENABLED": "provider_error",  # about the account, so another gateway may send it
        "THROTTLED": "duplicate",  # the same text went to the same number seconds ago
        "EMPTY_MESSAGE": "content_rejected",
        "MISSING_REQUIRED_FIELDS": "config",
        "INTERNAL_ERROR": "unsure",
        "SOMETHING_IS_WRONG": "unsure",
    },
    "balance_url": "https://rest.clicksend.com/v3/account",
    "balance_at": "data.balance",
    "report_id_at": "message_id",
    "report_reference_at": "custom_string",
    "report_status_at": "status_code",
    "report_statuses": {"201": "delivered", "301": "failed"},
}
