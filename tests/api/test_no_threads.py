"""Nothing of a request is done in a thread: to hand a trifle over costs more than all the rest of it."""

import inspect

import pytest

from app.api import health, proofs, reports, verifications
from app.api import human_check as human_checker

ROUTES = [
    route
    for app_client in (health, human_checker, proofs, reports, verifications)
    for route in app_client.router.routes
]


def called_by(dependant):
    """Give what a route calls: what it depends on, at any depth, and itself."""
    for inner in dependant.dependencies:
        yield from called_by(inner)
    yield dependant.call


def is_async(call):
    """Tell it of a function, and of an object that is called like one."""
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_whatever_a_route_calls_is_async(route):
    assert [call for call in called_by(route.dependant) if not is_async(call)] == []
