"""Routes: which gateways carry the SMS of a country, in which order and with which sender."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

EVERYWHERE = "*"
"""The country of the default route in settings, logs and pages."""


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One gateway of a route; its sender settings take precedence over those of the app and the gateway."""

    gateway: str
    weight: int = 1
    sender: str = ""
    entity_id: str = ""
    template_id: str = ""

    def shown_sender(self, of_app: str) -> str:
        """Return the sender that the phone shows: the route's, the app's, or `gateway:<name>` for the gateway's own."""
        return self.sender or of_app or f"gateway:{self.gateway}"


Route = Sequence[Sequence[RouteStep]]
"""Groups of gateways in order of preference; the gateways of one group share the traffic by their weights."""


@dataclass(frozen=True, slots=True)
class Routes:
    """A route for each configured country (ISO 3166 alpha-2), and a default for all others."""

    default: Route
    countries: Mapping[str, Route]

    @property
    def gateways(self) -> frozenset[str]:
        """Return every gateway that any route uses."""
        return frozenset().union(*self._gateways_by_route)

    @property
    def only_gateways(self) -> frozenset[str]:
        """Return the gateways that are the only one of a route."""
        return frozenset().union(*(gateways for gateways in self._gateways_by_route if len(gateways) == 1))

    @property
    def _gateways_by_route(self) -> list[frozenset[str]]:
        routes = [self.default, *self.countries.values()]
        return [frozenset(route_step.gateway for step in route for route_step in step) for route in routes]

    def of(self, country: str) -> Route:
        """Return the route of a country, or the default one."""
        return self.countries.get(country, self.default)

    def shown_senders(self, country: str, of_app: str) -> list[str]:
        """Return the senders that phones of a country may show, each once."""
        return list(dict.fromkeys(one.shown_sender(of_app) for step in self.of(country) for one in step))

    def route_steps(self, country: str, seed: str) -> list[RouteStep]:
        """Return the gateways for one send in the order to try them, each once; the same `seed` gives the same order.

        So a worker that claims a dead worker's job tries the gateways in the same order.
        """
        route_steps: list[RouteStep] = []
        for position, step in enumerate(self.of(country)):
            remaining = list(step)
            while remaining:
                route_steps.append(_pick_weighted(remaining, f"{seed}|{position}|{len(remaining)}"))
                remaining.remove(route_steps[-1])
        return route_steps


def _pick_weighted(route_steps: Sequence[RouteStep], seed: str) -> RouteStep:
    """Pick one gateway with a probability proportional to its weight."""
    number = int.from_bytes(sha256(seed.encode()).digest()[:8]) % sum(route_step.weight for route_step in route_steps)
    for route_step in route_steps:
        number -= route_step.weight
        if number < 0:
            return route_step
    raise AssertionError("each weight is at least 1")
