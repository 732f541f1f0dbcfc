"""What a route asks of its gateways in vain: senders and registered ids that never reach a network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.app import App
from app.domain.gateway import Gateway
from app.domain.route import EVERYWHERE, Route, Routes, RouteStep
from app.domain.sender import COUNTRIES_WITHOUT_NAMES, is_name


class RouteProblem(StrEnum):
    """What is in vain, as logs name it."""

    DLT_IDS_IGNORED = "dlt_ids_ignored"
    """The gateway does not pass on the `entity_id` and `template_id` of its route."""
    SENDER_NOT_TAKEN = "sender_not_taken"
    """The gateway refuses SMS with the sender of its route or of an app."""
    NAME_NOT_SHOWN = "name_not_shown"
    """The sender is a name, and the networks of the country take none."""


@dataclass(frozen=True, slots=True)
class RouteWarning:
    """A problem of one gateway in the routes of these countries, `*` for all others; `app` is "" if it has all apps."""

    problem: RouteProblem
    gateway: str
    countries: tuple[str, ...]
    app: str = ""


def route_warnings(routes: Routes, gateways: Mapping[str, Gateway], apps: Mapping[str, App]) -> list[RouteWarning]:
    """List what is in vain in the routes, once for each gateway and app, in the order of the routes."""
    found: dict[tuple[RouteProblem, str, str], dict[str, None]] = {}
    for country, route in {EVERYWHERE: routes.default, **routes.countries}.items():
        for step in _steps(route):
            for problem, app in _problems_of(step, gateways[step.gateway], apps):
                found.setdefault((problem, step.gateway, app), {})[country] = None
    for country in sorted(COUNTRIES_WITHOUT_NAMES):
        sending = {name: app for name, app in apps.items() if app.policy.numbers.is_open(country)}
        for step in _steps(routes.countries.get(country, routes.default)):
            for app in _apps_with_name(step, gateways[step.gateway], sending):
                found.setdefault((RouteProblem.NAME_NOT_SHOWN, step.gateway, app), {})[country] = None
    return [
        RouteWarning(problem, gateway, tuple(countries), app) for (problem, gateway, app), countries in found.items()
    ]


def _steps(route: Route) -> Iterator[RouteStep]:
    return (step for group in route for step in group)


def _problems_of(step: RouteStep, gateway: Gateway, apps: Mapping[str, App]) -> Iterator[tuple[RouteProblem, str]]:
    """Find what a step asks of its gateway in vain, each with its app."""
    if (step.entity_id or step.template_id) and not gateway.takes_dlt_ids:
        yield RouteProblem.DLT_IDS_IGNORED, ""
    for app, sender in _senders(step, apps):
        if sender and not gateway.takes_sender(sender):
            yield RouteProblem.SENDER_NOT_TAKEN, app


def _apps_with_name(step: RouteStep, gateway: Gateway, apps: Mapping[str, App]) -> Iterator[str]:
    """Find the apps whose SMS this step sends with a name."""
    for app, sender in _senders(step, apps):
        if is_name(sender if sender and gateway.takes_sender(sender) else gateway.sender):
            yield app


def _senders(step: RouteStep, apps: Mapping[str, App]) -> Iterator[tuple[str, str]]:
    """Return each sender that a step is asked for, with the app that sets it; that of the step is for all apps."""
    for name, app in apps.items():
        sender = step.sender or app.templates.sender
        yield ("" if step.sender or not sender else name), sender
