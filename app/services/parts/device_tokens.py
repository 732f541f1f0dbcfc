"""Device tokens: a device that proved a number before has budgets that other callers cannot spend."""

import hmac
import re
from datetime import date

from app.domain.keyring import Keyring

LIFETIME_DAYS = 90
_TOKEN = re.compile(r"dt_([0-9]{1,15})_([A-Za-z0-9_-]{22})")
_EPOCH = date(1970, 1, 1).toordinal()
_DAY_MS = 86_400_000


def issue_device_token(app: str, e164: str, *, at: int, keyring: Keyring) -> str:
    """Issue the token that an approval returns (`at` in milliseconds since 1970); nothing of it is stored."""
    return f"dt_{at}_{keyring.device(app, e164, at)}"


def device_token_time(token: str, *, app: str, e164: str, today: date, keyring: Keyring) -> int | None:
    """Return when a token was earned, in milliseconds since 1970.

    None unless it is authentic, for this app and number, and at most 90 days old. Whether it was revoked, or its trust
    is spent, is decided where the send is counted.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    at, signature = int(match[1]), match[2]
    age = today.toordinal() - _EPOCH - at // _DAY_MS
    # One day ahead is accepted: Redis' clock, which dates the token, may pass midnight before this machine's.
    is_valid = -1 <= age <= LIFETIME_DAYS and hmac.compare_digest(signature, keyring.device(app, e164, at))
    return at if is_valid else None
