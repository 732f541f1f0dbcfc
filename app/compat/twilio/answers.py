"""Responses in Twilio's fields; its SDKs read each by name, and pass on what is null."""

from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
from starlette.responses import Response

from app.compat.twilio.accounts import Service
from app.compat.twilio.sids import attempt_sid, verification_sid
from app.domain.verification import State, Verification

# Our state -> Twilio's status.
STATUS = {
    State.PENDING: "pending",
    State.APPROVED: "approved",
    State.EXPIRED: "expired",
    State.CANCELED: "canceled",
    State.LOCKED: "max_attempts_reached",
}


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response with this body."""
    return Response(orjson.dumps(body), status, dict(headers or {}), "application/json")


def verification_body(verification: Verification, service: Service, base: str) -> dict[str, object]:
    """Return a verification; `base` is the URL of the facade."""
    sid = verification_sid(verification.id)
    return {
        **_common(verification, service),
        "status": STATUS[verification.state],
        "valid": verification.state is State.APPROVED,
        "lookup": {},
        "amount": None,
        "payee": None,
        "send_code_attempts": [
            {"time": _time(send.at), "channel": "SMS", "attempt_sid": attempt_sid(verification.id, number)}
            for number, send in enumerate(verification.sends, 1)
        ],
        "sna": None,
        "url": f"{base}/Services/{service.sid}/Verifications/{sid}",
    }


def check_body(verification: Verification, service: Service, *, is_right: bool) -> dict[str, object]:
    """Return a check. A wrong code is no error, and the fifth leaves the verification `pending` in its answer."""
    return {
        **_common(verification, service),
        "status": "approved" if is_right else "pending",
        "valid": is_right,
        "amount": None,
        "payee": None,
        "sna_attempts_error_codes": [],
    }


def service_body(service: Service, base: str) -> dict[str, object]:
    """Return a service; it has no dates, because settings have none."""
    url = f"{base}/Services/{service.sid}"
    return {
        "sid": service.sid,
        "account_sid": service.account_sid,
        "friendly_name": service.app.templates.brand or service.app.name,
        "code_length": service.app.policy.code_length,
        "lookup_enabled": False,
        "psd2_enabled": False,
        "skip_sms_to_landlines": True,
        "dtmf_input_required": False,
        "tts_name": None,
        "do_not_share_warning_enabled": False,
        "custom_code_enabled": False,
        "push": {},
        "totp": {},
        "whatsapp": {},
        "passkeys": {},
        "default_template_sid": None,
        "verify_event_subscription_enabled": False,
        "date_created": None,
        "date_updated": None,
        "url": url,
        "links": {"verifications": f"{url}/Verifications", "verification_checks": f"{url}/VerificationCheck"},
    }


def services_body(services: list[Service], base: str) -> dict[str, object]:
    """Return a list of services: one page has them all."""
    url = f"{base}/Services?PageSize=50&Page=0"
    return {
        "services": [service_body(service, base) for service in services],
        "meta": {
            "key": "services",
            "page": 0,
            "page_size": 50,
            "first_page_url": url,
            "previous_page_url": None,
            "next_page_url": None,
            "url": url,
        },
    }


def _common(verification: Verification, service: Service) -> dict[str, object]:
    last_send = verification.sends[-1].at if verification.sends else verification.created_at
    return {
        "sid": verification_sid(verification.id),
        "service_sid": service.sid,
        "account_sid": service.account_sid,
        "to": verification.phone.e164,
        "channel": "sms",
        "date_created": _time(verification.created_at),
        "date_updated": _time(verification.ended_at or last_send),
    }


def _time(milliseconds: int) -> str:
    """Write a time without a fraction and with `Z`: SDKs pass any other form on as text."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
