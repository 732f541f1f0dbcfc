"""Which gateways carry the SMS of a country, in which order, and as whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One gateway of a route; what a country wants of a sender there goes before what app and gateway say."""

    gateway: str
    weight: int = 1
    sender: str = ""
    entity_id: str = ""
    template_id: str = ""


Route = Sequence[Sequence[RouteStep]]
"""Steps, the first first; the legs of one step share it by their weights."""


@dataclass(frozen=True, slots=True)
class Routes:
    """A route for each country that has its own (ISO 3166 alpha-2), and one for all others."""

    default: Route
    countries: Mapping[str, Route]

    @property
    def gateways(self) -> frozenset[str]:
        """Name every gateway that some route leads to."""
        routes = [self.default, *self.countries.values()]
        return frozenset(route_step.gateway for route in routes for step in route for route_step in step)

    def route_steps(self, country: str, lot: str) -> list[RouteStep]:
        """Line up the legs for one send, each once; the same `lot` always draws the same order.

        So whoever takes a job over asks in the order of the one who died.
        """
        route_steps: list[RouteStep] = []
        for place, step in enumerate(self.countries.get(country, self.default)):
            left = list(step)
            while left:
                route_steps.append(_pick_weighted(left, f"{lot}|{place}|{len(left)}"))
                left.remove(route_steps[-1])
        return route_steps


def _pick_weighted(route_steps: Sequence[RouteStep], lot: str) -> RouteStep:
    """Draw one leg, each as often as its weight says."""
    number = int.from_bytes(sha256(lot.encode()).digest()[:8]) % sum(route_step.weight for route_step in route_steps)
    for route_step in route_steps:
        number -= route_step.weight
        if number < 0:
            return route_step
    raise AssertionError("the weights of a step are at least 1 each")
