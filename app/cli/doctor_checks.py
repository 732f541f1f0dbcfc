"""What `otp doctor` looks at, and how to mend what it finds."""

import time
from collections.abc import Sequence

from app.cli.output import Finding
from app.cli.sms_costs import find_costs
from app.container import Container
from app.domain.app import HumanCheckPolicy
from app.domain.errors import TemporarilyUnavailable
from app.domain.route import Route, Routes, RouteStep
from app.services.readiness import check_readiness
from app.settings.apps import AppSettings
from app.settings.model import Settings
from app.settings.parsers import EMBEDDED
from app.settings.routes import EVERYWHERE
from app.settings.sending import DEVELOPERS
from app.settings.to_domain import apps_of


async def run_checks(container: Container, settings: Settings) -> list[Finding]:
    """Look at settings, Redis, clocks, the queue and the routes; what is wrong says how to mend it."""
    found: list[Finding] = [
        ("ok", "settings", f"{settings.env}; every setting is known and within its bounds"),
        ("ok", "secrets", f"{len(settings.secrets)} in rotation; {settings.secrets[0].id} makes what is new"),
        ("ok", "gateways", f"the SMS go by {', '.join(container.delivery.gateways)}"),
    ]
    found += _routes(container.delivery.routes, settings)
    found += await _redis(container, settings)
    found += _numbers(settings)
    found += _limits(settings)
    found += _apps(settings)
    found += find_costs(settings)
    found += _proxies(settings)
    return found


def _routes(routes: Routes, settings: Settings) -> list[Finding]:
    """Say who carries the SMS of which country, and find who was set up to carry none."""
    of_all = {EVERYWHERE: routes.default, **routes.countries}
    told = "; ".join(f"{country} {_steps(route)}" for country, route in of_all.items())
    idle = [name for name in settings.gateways if name not in routes.gateways and name != DEVELOPERS]
    said = "stands in no route: only its late reports are read; name it in OTP_ROUTES, or remove it"
    return [("ok", "routes", told), *(("warn", name, said) for name in idle)]


def _steps(route: Route) -> str:
    """Write a route in words; who share a step by weights have them behind."""
    return ", then ".join(" or ".join(_step(route_step, step) for route_step in step) for step in route)


def _step(route_step: RouteStep, step: Sequence[RouteStep]) -> str:
    return (
        f"{route_step.gateway} ({route_step.weight})"
        if len({other.weight for other in step}) > 1
        else route_step.gateway
    )


async def _redis(container: Container, settings: Settings) -> list[Finding]:
    if settings.redis_url == EMBEDDED:
        return [("warn", "redis", "the embedded store: one process, nothing is kept when it ends")]
    try:
        snapshot = await container.health.snapshot()
    except TemporarilyUnavailable:
        return [("bad", "redis", "does not answer. Check OTP_REDIS_URL, and that Redis runs")]
    found: list[Finding] = [("ok", "redis", f"answers; {snapshot.waiting} jobs wait")]
    try:
        await check_readiness(container.health, clock=time.time)
    except TemporarilyUnavailable as error:
        found.append(("bad", "ready", str(error)))
    if snapshot.dead:
        found.append(("warn", "jobs", f"{snapshot.dead} failed for good; look with `otp jobs list`"))
    return found


def _numbers(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    if any(app.policy.countries is None for app in apps_of(settings).values()):
        found.append(("warn", "countries", "all are open; production wants a list"))
    if settings.test_numbers:
        last = max(test.until for test in settings.test_numbers.values())
        found.append(("warn", "test numbers", f"{len(settings.test_numbers)} get no SMS; the last until {last}"))
    if settings.allow_weak_codes:
        found.append(("warn", "codes", "fewer than six digits are allowed"))
    return found


def _limits(settings: Settings) -> list[Finding]:
    """Find what is off that nothing else stands in for."""
    found: list[Finding] = []
    if settings.limit_sends_per_number.is_off:
        found.append(("warn", "limits", "nothing spares a number a flood of SMS; set OTP_LIMIT_SENDS_PER_NUMBER"))
    if settings.limit_calls_per_address.is_off:
        found.append(("warn", "limits", "nothing slows a flood of calls; set OTP_LIMIT_CALLS_PER_ADDRESS"))
    return found


def _apps(settings: Settings) -> list[Finding]:
    """Find what an app's keys may spend unseen, and keys that no page can use."""
    found: list[Finding] = []
    apps = apps_of(settings)
    for name, own in settings.apps.items():
        if apps[name].policy.limits.sends_per_app.is_off:
            setting = "its `limits.sends_per_app`" if own.limits.sends_per_app else "OTP_LIMIT_SENDS_PER_APP"
            found.append(("warn", name, f"may send any number of SMS; set {setting}, like 500/d"))
        if own.publishable_keys and apps[name].human_check is HumanCheckPolicy.NEVER:
            found.append(("warn", name, f"has a publishable key and never asks for a person; {_fix(settings, own)}"))
        if own.publishable_keys and not own.origins:
            found.append(("warn", name, "has a publishable key and no `origins`: no page can use it, only native apps"))
    return found


def _fix(settings: Settings, own: AppSettings) -> str:
    """Say what has to change before an app's browsers are asked for a person."""
    if settings.human_check == "off":
        return "set OTP_HUMAN_CHECK" if own.human_check is None else "set OTP_HUMAN_CHECK, and its `human_check`"
    return "its `human_check` is never" if own.human_check else "OTP_HUMAN_CHECK_WHEN is never"


def _proxies(settings: Settings) -> list[Finding]:
    """Find what would make one person of all: a proxy must be in front, since we speak no TLS."""
    if settings.trusted_proxies or not settings.public_url.startswith("https://"):
        return []
    said = "none is trusted, so all who come by yours count as one; set OTP_TRUSTED_PROXIES to its address"
    return [("warn", "proxies", said)]
