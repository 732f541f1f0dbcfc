"""Device tokens: whoever proved a number before keeps a share of its SMS that strangers cannot use up."""

import hmac
import re
from datetime import date

from app.domain.keyring import Keyring

LIFETIME_DAYS = 90
_TOKEN = re.compile(r"dt_([0-9]{1,6})_([A-Za-z0-9_-]{22})")
_EPOCH = date(1970, 1, 1).toordinal()
_DAY_MS = 86_400_000


def issue_device_token(app: str, e164: str, *, at: int, keyring: Keyring) -> str:
    """Write the token that an approval earns (`at` in milliseconds since 1970); nothing of it is kept."""
    day = at // _DAY_MS
    return f"dt_{day}_{keyring.device(app, e164, day)}"


def is_known_device(token: str, *, app: str, e164: str, today: date, keyring: Keyring) -> bool:
    """Tell whether a token is ours, for this app and number, and at most 90 days old; a bad one is as good as none."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return False
    day, said = int(match[1]), match[2]
    age = today.toordinal() - _EPOCH - day
    # A day of grace ahead: Redis' clock, by which it was issued, may be past midnight before ours.
    return -1 <= age <= LIFETIME_DAYS and hmac.compare_digest(said, keyring.device(app, e164, day))
