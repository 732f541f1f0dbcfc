"""Hands: one file per human check, and one line per human check here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.human_check import HumanCheck
from app.http_client import HttpClientPool
from app.human_check.altcha import Altcha
from app.human_check.hcaptcha import HCaptcha
from app.human_check.siteverify import Account
from app.human_check.turnstile import Turnstile


@dataclass(frozen=True, slots=True, repr=False)
class HumanCheckConfig:
    """What a human check may be built of: a key, a cost and a clock of ours, or an account and a way out."""

    key: bytes
    cost: int
    clock: Callable[[], float]
    account: Account
    http_pool: HttpClientPool


HUMAN_CHECKS: Mapping[str, Callable[[HumanCheckConfig], HumanCheck]] = {
    "altcha": lambda parts: Altcha(parts.key, cost=parts.cost, clock=parts.clock),
    "turnstile": lambda parts: Turnstile(parts.account, parts.http_pool),
    "hcaptcha": lambda parts: HCaptcha(parts.account, parts.http_pool),
}
