"""Twilio's identifiers: two letters and 32 hexadecimal digits, derived from ours, so that no table maps them."""

import hmac
import re
from base64 import urlsafe_b64decode
from hashlib import sha256

from app.domain.keyring import write_short

_HEX_DIGITS = 32
_VERIFICATION = re.compile("VE[0-9a-fA-F]{32}")
_MESSAGE = re.compile("SM[0-9a-fA-F]{32}")
_ID = re.compile("(vf|ms)_[A-Za-z0-9_-]{22}")


def account_sid(name_secret: bytes, app: str) -> str:
    """Return the account of an app: `AC…`."""
    return _derive("AC", name_secret, f"twilio-account|{app}")


def service_sid(name_secret: bytes, app: str, purpose: str) -> str:
    """Return the Verify service of a purpose of an app: `VA…`."""
    return _derive("VA", name_secret, f"twilio-service|{app}|{purpose}")


def api_key_sid(digest: str) -> str:
    """Return the name of a token, by its digest: `SK…`. Twilio's clients send either this or the account's sid."""
    return f"SK{digest[:_HEX_DIGITS]}"


def verification_sid(id: str) -> str:
    """Return the sid of a verification: `VE…`, the 16 bytes of its id in hexadecimal."""
    return f"VE{_hex(id)}"


def verification_id(sid: str) -> str | None:
    """Return the id of a verification's sid; None for any other text."""
    return f"vf_{write_short(bytes.fromhex(sid[2:]))}" if _VERIFICATION.fullmatch(sid) else None


def message_sid(id: str) -> str:
    """Return the sid of a message: `SM…`, the 16 bytes of its id in hexadecimal."""
    return f"SM{_hex(id)}"


def message_id(sid: str) -> str | None:
    """Return the id of a message's sid; None for any other text."""
    return f"ms_{write_short(bytes.fromhex(sid[2:]))}" if _MESSAGE.fullmatch(sid) else None


def attempt_sid(id: str, send: int) -> str:
    """Return the sid of a send, which is counted from 1: `VL…`. No operation takes it."""
    return f"VL{sha256(f'{id}|{send}'.encode()).hexdigest()[:_HEX_DIGITS]}"


def _hex(id: str) -> str:
    assert _ID.fullmatch(id), "an id has 128 bits"
    return urlsafe_b64decode(id[3:] + "==").hex()


def _derive(kind: str, secret: bytes, message: str) -> str:
    return kind + hmac.digest(secret, message.encode(), "sha256").hex()[:_HEX_DIGITS]
