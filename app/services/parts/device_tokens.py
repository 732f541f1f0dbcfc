"""Device tokens: a device that proved a number before has a send limit that other callers cannot spend."""

import hmac
import re
from datetime import date

from app.domain.keyring import Keyring

LIFETIME_DAYS = 90
_TOKEN = re.compile(r"dt_([0-9]{1,6})_([A-Za-z0-9_-]{22})")
_EPOCH = date(1970, 1, 1).toordinal()
_DAY_MS = 86_400_000


def issue_device_token(app: str, e164: str, *, at: int, keyring: Keyring) -> str:
    """Issue the token that an approval returns (`at` in milliseconds since 1970); nothing of it is stored."""
    day = at // _DAY_MS
    return f"dt_{day}_{keyring.device(app, e164, day)}"


def is_known_device(token: str, *, app: str, e164: str, today: date, keyring: Keyring) -> bool:
    """Return whether a token is authentic, for this app and number, and at most 90 days old."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return False
    day, signature = int(match[1]), match[2]
    age = today.toordinal() - _EPOCH - day
    # One day ahead is accepted: Redis' clock, which dates the token, may pass midnight before this machine's.
    return -1 <= age <= LIFETIME_DAYS and hmac.compare_digest(signature, keyring.device(app, e164, day))
