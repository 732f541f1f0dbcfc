"""`RateLimit` headers for backends (draft-ietf-httpapi-ratelimit-headers-10); browsers do not receive them.

A policy is named by its limit and window, `"sends_per_number-10min";q=3;w=600`: one limit may have several. One of
money names its unit, `"spend_per_app-d";q=50000000;w=86400;qu="currency-millionths"`: a quantity is a whole
number.
"""

from functools import cache

from app.domain.app import App
from app.domain.errors import IncorrectCode, OtpError, RateLimited
from app.domain.limit import ClosestLimit
from app.domain.limit_entry import Counted, LimitEntry, Unit
from app.domain.limits import LIMITS, OF_A_CODE, Limits

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_WRONG_CODE_LIMITS = {entry.name for entry in LIMITS if entry.counts is Counted.WRONG_CODES}


def send_limit_headers(app: App, closest_limit: ClosestLimit | None) -> dict[str, str]:
    """Return the send policies, and what is left in the window closest to its limit."""
    policy = app.policy
    return _headers(_send_policies(policy.limits, policy.resend_cooldown, policy.sends_per_verification), closest_limit)


def check_limit_headers(app: App, closest_limit: ClosestLimit | None) -> dict[str, str]:
    """Return the wrong-code policy of an address, and what is left when `closest_limit` is given."""
    return _headers(_policies(app.policy.limits, Counted.WRONG_CODES), closest_limit)


def error_limit_headers(app: App, error: OtpError) -> dict[str, str]:
    """Return what is left after a limit refused or a code was wrong; no headers for any other error."""
    if isinstance(error, IncorrectCode):
        return check_limit_headers(app, error.closest_limit)
    if not isinstance(error, RateLimited):
        return {}
    headers_for = check_limit_headers if error.limit in _WRONG_CODE_LIMITS else send_limit_headers
    headers = headers_for(app, None)
    name = _policy_name(error.limit, error.window) if error.window else error.limit
    return headers | {"RateLimit": f'"{name}";r=0;t={error.retry_after}'}


def _headers(policies: str, closest_limit: ClosestLimit | None) -> dict[str, str]:
    headers = {"RateLimit-Policy": policies} if policies else {}
    if closest_limit is not None:
        name = _policy_name(closest_limit.limit, closest_limit.seconds)
        headers["RateLimit"] = f'"{name}";r={closest_limit.left};t={closest_limit.seconds}'
    return headers


@cache  # one entry for each app; settings do not change
def _send_policies(limits: Limits, cooldown: int, sends: int) -> str:
    verification_policies = [f'"resend_cooldown";q=1;w={cooldown}', f'"sends_per_verification";q={sends}']
    return ", ".join(filter(None, [_policies(limits, *OF_A_CODE), *verification_policies]))


@cache  # one entry for each policy
def _policies(limits: Limits, *counted: Counted) -> str:
    windows = [(entry, *rule) for entry, limit in limits.of(*counted) for rule in limit.rules]
    return ", ".join(_policy(entry, count, seconds) for entry, count, seconds in windows)


def _policy(entry: LimitEntry, count: int, seconds: int) -> str:
    unit = ';qu="currency-millionths"' if entry.unit is Unit.MONEY else ""
    return f'"{_policy_name(entry.name, seconds)}";q={count};w={seconds}{unit}'


def _policy_name(limit: str, seconds: int) -> str:
    """Return a window's name as operators write it: in the largest unit that divides it."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    times = seconds // size
    return f"{limit}-{'' if times == 1 else times}{unit}"
