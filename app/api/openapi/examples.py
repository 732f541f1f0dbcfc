"""Example request and response bodies for the API reference; all show the same verification."""

from typing import Any

from fastapi.openapi.models import Example
from pydantic import ConfigDict

ID = "vf_3q2-7wAAAAAAAAAAAAAAAA"
MESSAGE_ID = "ms_3q2-7wAAAAAAAAAAAAAAAA"
_PROOF = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIn0.eyJhdWQiOiJzaG9wIn0.c2ln"
_NUMBER = "+31612345678"
MASKED = "+31*******78"
_AT = "2026-11-22T12:00:00Z"
_SENT_AT = "2026-11-22T12:00:01Z"
_APPROVED_AT = "2026-11-22T12:00:20Z"
_EXPIRES_AT = "2026-11-22T12:05:00Z"

CODE_REQUEST = {
    "phone_number": _NUMBER,
    "purpose": "login",
    "locale": "en",
    "reference": "cart-77",
    "subject": "user-42",
    "client_ip": "203.0.113.7",
}
RESEND = {"verification_id": ID}
CHECK_BY_ID = {"verification_id": ID, "code": "042137"}
CHECK_BY_NUMBER = {"phone_number": _NUMBER, "purpose": "login", "code": "042137"}
SEARCH_REQUEST = {"phone_number": _NUMBER}
PROOF_REQUEST = {"proof": _PROOF}
CODE_REQUESTS: dict[str, Example] = {
    "request": {"summary": "Request a code", "value": CODE_REQUEST},
    "resend": {"summary": "Resend it", "value": RESEND},
}
CODE_CHECKS: dict[str, Example] = {
    "by_id": {"summary": "Check by the verification's id", "value": CHECK_BY_ID},
    "by_number": {"summary": "Check by the number, for backends", "value": CHECK_BY_NUMBER},
}

PENDING = {
    "verification_id": ID,
    "status": "pending",
    "phone_number": MASKED,
    "purpose": "login",
    "reference": "cart-77",
    "code_length": 6,
    "expires_at": _EXPIRES_AT,
    "expires_in": 300,
    "resend_at": "2026-11-22T12:00:30Z",
    "resend_in": 30,
    "attempts_left": 5,
    "sends_left": 2,
}
APPROVED = {
    "verification_id": ID,
    "status": "approved",
    "phone_number": _NUMBER,
    "purpose": "login",
    "reference": "cart-77",
    "approved_at": _APPROVED_AT,
    "proof": _PROOF,
    "proof_expires_at": "2026-11-22T12:05:20Z",
    "device_token": "dt_20779_3q2-7wAAAAAAAAAAAAAAAA",
}
_MESSAGE = {
    "message_id": MESSAGE_ID,
    "gateway": "smstools",
    "status": "delivered",
    "reason": None,
    "segments": None,
    "price": None,
    "history": [
        {"at": _AT, "status": "queued", "word": ""},
        {"at": _SENT_AT, "status": "sent", "word": "accepted"},
        {"at": "2026-11-22T12:00:04Z", "status": "delivered", "word": "delivered"},
    ],
}
VERIFICATION = {
    "verification_id": ID,
    "status": "approved",
    "phone_number": _NUMBER,
    "purpose": "login",
    "reference": "cart-77",
    "created_at": _AT,
    "expires_at": _EXPIRES_AT,
    "ended_at": _APPROVED_AT,
    "attempts_left": 4,
    "sends_left": 2,
    "sends": [{"at": _AT, "messages": [_MESSAGE]}],
}
OUTCOME = {"approved": True}
MESSAGE_REQUEST = {
    "phone_number": _NUMBER,
    "text": "Your order has left.",
    "purpose": "alert",
    "reference": "order-9",
    "ttl": 3600,
}
MESSAGES = {
    "messages": [
        {"phone_number": MASKED, "message_id": MESSAGE_ID},
        {"phone_number": "0612", "code": "invalid_phone_number", "detail": "This is not a valid phone number."},
    ]
}
OUTGOING_MESSAGE = {
    "message_id": MESSAGE_ID,
    "verification_id": None,
    "status": "delivered",
    "phone_number": _NUMBER,
    "purpose": "alert",
    "reference": "order-9",
    "created_at": _AT,
    "send_at": None,
    "expires_at": "2026-11-22T13:00:00Z",
    "messages": [_MESSAGE],
}
FOUND_NUMBER = {
    "phone_number": _NUMBER,
    "verifications": [VERIFICATION],
    "messages": [
        {
            "message_id": MESSAGE_ID,
            "purpose": "alert",
            "gateway": "smstools",
            "status": "delivered",
            "reason": None,
            "created_at": _AT,
        }
    ],
    "blockers": [
        {
            "kind": "limit",
            "limit": "sends_per_number",
            "until": "2026-11-22T12:10:00Z",
            "sender": None,
            "since": None,
        },
        {"kind": "opt_out", "limit": None, "until": "2031-11-21T12:00:00Z", "sender": "Example", "since": _AT},
    ],
    "log_name": "n_3q2-7wAAAAAA",
}
MESSAGE_EVENT = {
    "message_id": "ms_3q2-7wAAAAAAAAAAAAAAAA",
    "verification_id": ID,
    "purpose": "login",
    "gateway": "smstools",
    "status": "failed",
    "reason": "unreachable_temporary",
    "segments": 1,
    "price": "0.0712 EUR",
    "phone_number": MASKED,
    "reference": "cart-77",
}
LIMIT_EVENT = {
    "limit": "sends_per_app",
    "app": "shop",
    "country": None,
    "share": 0.8,
    "window_ends_at": "2026-11-23T12:00:00Z",
}
WATCH_EVENT = {"app": None, "failed": 131, "checked": 204}
GUARD_EVENT = {
    "app": "shop",
    "decision": "block",
    "mode": "enforce",
    "country": "LV",
    "block": "b_3q2-7wAAAAAA",
    "evidence": ["concentration", "novelty"],
    "count": 12,
}
CLAIMS = {
    "active": True,
    "iss": "https://otp.example.com",
    "aud": "shop",
    "sub": _NUMBER,
    "iat": 1795348820,
    "exp": 1795349120,
    "jti": "pr_3q2-7wAAAAAAAAAAAAAAAA",
    "purpose": "login",
    "nonce": "cart-77",
    "verification_id": ID,
    "amr": ["sms"],
    "assurance": "restricted",
}
KEYS = {
    "keys": [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "alg": "EdDSA",
            "kid": "k1",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }
    ]
}


def with_examples(*examples: dict[str, Any]) -> ConfigDict:
    """Return the model config that adds the examples to its schema."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})
