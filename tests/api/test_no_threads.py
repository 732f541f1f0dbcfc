"""Routes and their dependencies are async: a thread per call costs more than the rest of a request."""

import inspect

import pytest

from app.api import health, human_check, proofs, reports, verifications

ROUTES = [route for module in (health, human_check, proofs, reports, verifications) for route in module.router.routes]


def callables_of(dependant):
    """Yield the dependencies of a route, at any depth, and its function."""
    for dependency in dependant.dependencies:
        yield from callables_of(dependency)
    yield dependant.call


def is_async(function):
    """Return whether a function or a callable object is async."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_every_callable_of_a_route_is_async(route):
    assert [function for function in callables_of(route.dependant) if not is_async(function)] == []
