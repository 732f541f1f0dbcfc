"""Tells backends how much is left (draft-ietf-httpapi-ratelimit-headers-10); browsers are told nothing of it.

A policy is named by its limit and window, `"sends_per_number-10min";q=3;w=600`: one limit may have several.
"""

from functools import cache

from app.domain.app import App
from app.domain.errors import IncorrectCode, OtpError, RateLimited
from app.domain.limit import ClosestLimit
from app.domain.policy import Limits

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_SENDS = ("sends_per_number", "sends_per_address", "sends_per_subject", "sends_per_app", "sends_per_country")
_CHECKS = ("checks_per_address",)


def send_limit_headers(app: App, closest_limit: ClosestLimit | None) -> dict[str, str]:
    """Say what may be sent, and what is left of the window that has the least."""
    policy = app.policy
    return _headers(_send_policies(policy.limits, policy.resend_cooldown, policy.sends_per_verification), closest_limit)


def check_limit_headers(app: App, closest_limit: ClosestLimit | None) -> dict[str, str]:
    """Say how many wrong guesses an address has, and what is left of it where one was named."""
    return _headers(_policies(app.policy.limits, _CHECKS), closest_limit)


def error_limit_headers(app: App, error: OtpError) -> dict[str, str]:
    """Say what is left where a limit refused, or a guess was wrong."""
    if isinstance(error, IncorrectCode):
        return check_limit_headers(app, error.closest_limit)
    if not isinstance(error, RateLimited):
        return {}
    told = check_limit_headers if error.limit in _CHECKS else send_limit_headers
    headers = told(app, None)
    name = _policy_name(error.limit, error.window) if error.window else error.limit
    return headers | {"RateLimit": f'"{name}";r=0;t={error.retry_after}'}


def _headers(policies: str, closest_limit: ClosestLimit | None) -> dict[str, str]:
    headers = {"RateLimit-Policy": policies} if policies else {}
    if closest_limit is not None:
        name = _policy_name(closest_limit.limit, closest_limit.seconds)
        headers["RateLimit"] = f'"{name}";r={closest_limit.left};t={closest_limit.seconds}'
    return headers


@cache  # one for each app, and settings do not change
def _send_policies(limits: Limits, cooldown: int, sends: int) -> str:
    own = [f'"resend_cooldown";q=1;w={cooldown}', f'"sends_per_verification";q={sends}']
    return ", ".join(filter(None, [_policies(limits, _SENDS), *own]))


@cache  # likewise
def _policies(limits: Limits, words: tuple[str, ...]) -> str:
    windows = [(word, rule) for word in words for rule in getattr(limits, word).rules]
    return ", ".join(f'"{_policy_name(word, seconds)}";q={count};w={seconds}' for word, (count, seconds) in windows)


def _policy_name(limit: str, seconds: int) -> str:
    """Name a window as an operator writes it: the largest unit of which it is a whole number."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    times = seconds // size
    return f"{limit}-{'' if times == 1 else times}{unit}"
