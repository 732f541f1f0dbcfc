"""Human checks: one file per provider, and one entry per provider here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.human_check import HumanCheck
from app.http_client.pool import HttpClientPool
from app.human_check.altcha import Altcha
from app.human_check.hcaptcha import HCaptcha
from app.human_check.siteverify import Account
from app.human_check.turnstile import Turnstile


@dataclass(frozen=True, slots=True, repr=False)
class HumanCheckConfig:
    """What a human check is built from: our key, cost and clock, or an account and an HTTP client pool."""

    key: bytes
    cost: int
    clock: Callable[[], float]
    account: Account
    http_pool: HttpClientPool


HUMAN_CHECKS: Mapping[str, Callable[[HumanCheckConfig], HumanCheck]] = {
    "altcha": lambda config: Altcha(config.key, cost=config.cost, clock=config.clock),
    "turnstile": lambda config: Turnstile(config.account, config.http_pool),
    "hcaptcha": lambda config: HCaptcha(config.account, config.http_pool),
}
