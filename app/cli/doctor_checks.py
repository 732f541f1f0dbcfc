"""The checks of `otp doctor`, and the fixes that it prints."""

import re
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from app.cli.client_ip_checks import check_client_ips
from app.cli.dev_services import is_dev_socket
from app.cli.event_checks import check_events
from app.cli.hook_checks import find_hooks
from app.cli.output import Finding
from app.cli.price_checks import find_prices
from app.cli.redis_start import redis_expectations
from app.cli.route_warnings import describe_route_warnings
from app.cli.sms_costs import find_costs
from app.container import Container
from app.domain.app import HumanCheckPolicy
from app.domain.errors import TemporarilyUnavailable
from app.domain.numbering_plan import neighbours_of
from app.domain.route import EVERYWHERE, Route, Routes, RouteStep
from app.services.check_redis import check_redis
from app.services.readiness import check_readiness
from app.settings.apps import AppSettings
from app.settings.model import Settings
from app.settings.redis_url import EMBEDDED
from app.settings.sending import DEV_INBOX
from app.settings.to_domain import apps_of
from app.store.redis_causes import advice_of
from app.store.reported_prices import LearnedPrices

_FIRST_START = ("note", "worker", "none has run on this Redis yet; start `otp worker`, then `otp serve`")
_EXAMPLE_HOST = re.compile(r"(^|\.)(example\.(com|net|org)|example)$")  # RFC 2606: they belong to no one
_EMBEDDED_STORE = ("warn", "redis", "the embedded store: one process, its data is lost when it stops")
_MAX_NEIGHBOURS = 5
_MAX_NAMED_COUNTRIES = 20  # a list of most of the world is no oversight


async def run_checks(container: Container, settings: Settings) -> list[Finding]:
    """Check settings, Redis, clocks, the queue and the routes; each problem includes its fix."""
    found: list[Finding] = [
        ("ok", "settings", f"{settings.env}; every setting is known and within its bounds"),
        ("ok", "secrets", f"{len(settings.secrets)} in rotation; {settings.secrets[0].id} is used for new data"),
        ("ok", "gateways", f"SMS are sent by {', '.join(container.deliver_message.gateways)}"),
    ]
    found += _check_routes(container.deliver_message.routes, settings)
    found += describe_route_warnings(container)
    found += find_prices(container.deliver_message.routes, settings, await _read_reported_prices(container))
    found += await _check_redis(container, settings)
    found += await check_client_ips(container, settings)
    found += _check_numbers(settings)
    found += _check_limits(settings)
    found += _check_apps(settings)
    found += find_hooks(settings)
    found += find_costs(settings)
    found += _check_url(settings)
    return found


async def _read_reported_prices(container: Container) -> LearnedPrices:
    """Read the prices that vendors reported; none while Redis is away, which another check reports."""
    try:
        return await container.reported_prices.read()
    except TemporarilyUnavailable:
        return LearnedPrices({}, {})


def _check_routes(routes: Routes, settings: Settings) -> list[Finding]:
    """Describe the routes of each country, and find configured gateways that are in no route."""
    all_routes = {EVERYWHERE: routes.default, **routes.countries}
    summary = "; ".join(f"{country} {_describe_route(route)}" for country, route in all_routes.items())
    unused = [name for name in settings.gateways if name not in routes.gateways and name != DEV_INBOX]
    message = "is in no route: only its late reports are read; add it to OTP_ROUTES, or remove it"
    return [("ok", "routes", summary), *(("warn", name, message) for name in unused)]


def _describe_route(route: Route) -> str:
    """Describe a route in words, with the weights of gateways that share a step unevenly."""
    return ", then ".join(" or ".join(_describe_step(route_step, step) for route_step in step) for step in route)


def _describe_step(route_step: RouteStep, step: Sequence[RouteStep]) -> str:
    return (
        f"{route_step.gateway} ({route_step.weight})"
        if len({other.weight for other in step}) > 1
        else route_step.gateway
    )


async def _check_redis(container: Container, settings: Settings) -> list[Finding]:
    if settings.redis_url == EMBEDDED:
        return [_EMBEDDED_STORE]
    if is_dev_socket(settings.redis_url):
        found: list[Finding] = [_EMBEDDED_STORE]
    else:
        found = await _check_server(container, settings)
    try:
        snapshot = await container.health.snapshot()
    except TemporarilyUnavailable as error:
        failed: Finding = ("bad", "redis", f"serves no writes: {error.cause}. {advice_of(error.cause)}")
        return found if any(severity == "bad" for severity, _, _ in found) else [*found, failed]
    found.insert(0, ("ok", "redis", f"responds; {snapshot.waiting} jobs are waiting"))
    try:
        readiness = await check_readiness(container.health, container.deliver_message.routes, clock=time.time)
    except TemporarilyUnavailable as error:
        is_new = await container.health.is_new()
        found += [_describe_failure(failure, is_new=is_new) for failure in error.failures]
    else:
        found += [("bad", "route", degraded.detail) for degraded in readiness.degraded]
    if snapshot.dead:
        found.append(("warn", "jobs", f"{snapshot.dead} failed permanently; see `otp jobs list`"))
    return [*found, *await check_events(container)]


def _describe_failure(failure: Mapping[str, str], *, is_new: bool) -> Finding:
    """Describe why the service is not ready; before its first start a missing worker is no problem."""
    if is_new and failure["name"] == "no_worker":
        return _FIRST_START
    return ("bad", "ready", failure["detail"])


async def _check_server(container: Container, settings: Settings) -> list[Finding]:
    """Check the server itself; its clock is a part of the readiness check."""
    expected = redis_expectations(settings)
    findings = await check_redis(container.redis_inspection, expected, clock=time.time)
    return [(one.severity, "redis", one.detail) for one in findings if one.name != "clock_skew"]


def _check_numbers(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    if any(app.policy.numbers.countries is None for app in apps_of(settings).values()):
        found.append(("warn", "countries", "all are open; production requires a list"))
    found += [("ok", country, f"is open; {closed}") for country, closed in _closed_neighbours(settings)]
    if settings.test_numbers:
        last = max(test.until for test in settings.test_numbers.values())
        found.append(("warn", "test numbers", f"{len(settings.test_numbers)} get no SMS; the last until {last}"))
    if settings.allow_weak_codes:
        found.append(("warn", "codes", "fewer than six digits are allowed"))
    return found


def _closed_neighbours(settings: Settings) -> list[tuple[str, str]]:
    """Name the closed countries that share a calling code with an open one: people take their numbers for its own."""
    found = []
    for country in sorted(settings.countries or ()):
        closed = [other for other in neighbours_of(country) if other not in (settings.countries or ())]
        if closed and len(settings.countries or ()) <= _MAX_NAMED_COUNTRIES:
            more = f" and {len(closed) - _MAX_NEIGHBOURS} others" if len(closed) > _MAX_NEIGHBOURS else ""
            names = ", ".join(closed[:_MAX_NEIGHBOURS])
            found.append((country, f"{names}{more} share its calling code and are closed"))
    return found


def _check_limits(settings: Settings) -> list[Finding]:
    """Find disabled limits that no other limit replaces."""
    found: list[Finding] = []
    if settings.limit("sends_per_number").is_off:
        found.append(("warn", "limits", "nothing protects numbers from a flood of SMS; set OTP_LIMIT_SENDS_PER_NUMBER"))
    if settings.limit("calls_per_address").is_off:
        found.append(("warn", "limits", "nothing limits a flood of requests; set OTP_LIMIT_CALLS_PER_ADDRESS"))
    return found


def _check_apps(settings: Settings) -> list[Finding]:
    """Find keys without a spending limit or a human check, and keys that no page can use."""
    found: list[Finding] = []
    apps = apps_of(settings)
    for name, own in settings.apps.items():
        if apps[name].policy.limits["sends_per_app"].is_off:
            setting = "its `limits.sends_per_app`" if own.limits.figure("sends_per_app") else "OTP_LIMIT_SENDS_PER_APP"
            found.append(("warn", name, f"may send any number of SMS; set {setting}, like 500/d"))
        if own.publishable_keys and apps[name].human_check is HumanCheckPolicy.NEVER:
            found.append(("warn", name, f"has a publishable key and no human check; {_human_check_fix(settings, own)}"))
        if own.publishable_keys and not own.origins:
            found.append(("warn", name, "has a publishable key and no `origins`: no page can use it, only native apps"))
    return found


def _human_check_fix(settings: Settings, own: AppSettings) -> str:
    """Return the setting to change to enable the human check of an app."""
    if settings.human_check == "off":
        return "set OTP_HUMAN_CHECK" if own.human_check is None else "set OTP_HUMAN_CHECK, and its `human_check`"
    return "its `human_check` is never" if own.human_check else "OTP_HUMAN_CHECK_WHEN is never"


def _check_url(settings: Settings) -> list[Finding]:
    """Find the URL of an example, and missing proxies: the service has no TLS, so https implies a proxy in front."""
    found: list[Finding] = []
    if _EXAMPLE_HOST.search(urlsplit(settings.public_url).hostname or ""):
        found.append(("warn", "url", f"{settings.public_url} is an example; set OTP_PUBLIC_URL to your own address"))
    if settings.public_url.startswith("https://") and not settings.trusted_proxies:
        message = "none is trusted, so all clients behind yours share one limit; set OTP_TRUSTED_PROXIES to its address"
        found.append(("warn", "proxies", message))
    return found
