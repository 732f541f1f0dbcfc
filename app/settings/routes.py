"""Parse the routes: for each country its gateways in order, with their senders."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain.route import EVERYWHERE, Route, Routes, RouteStep
from app.settings.json_files import read_document
from app.settings.parsers import pattern, read_optional_sender

_EXAMPLE = '{"*": ["smstools", "twilio"]}'
_MAX_STEPS = 10


def _country(country: str) -> str:
    """Validate a two-letter code, or `*`."""
    if country != EVERYWHERE and country not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("write a country as two capital letters, like NL; * is all others")
    return country


Country = Annotated[str, AfterValidator(_country)]
_Registered = Annotated[str, pattern("[A-Za-z0-9_-]{0,64}", "a registered id is at most 64 letters, digits, _ or -")]


class RouteStepSettings(BaseModel):
    """One gateway of a route; its weight has no effect when it is alone in its step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gateway: str
    weight: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    sender: Annotated[str, AfterValidator(read_optional_sender)] = ""
    entity_id: _Registered = ""
    template_id: _Registered = ""


Steps = list[list[RouteStepSettings]]


def read_routes(value: object) -> object:
    """Parse the routes from JSON or from a JSON file; a single gateway is a step of one."""
    if not isinstance(value, str):
        return value
    routes = read_document(value, example=_EXAMPLE, repeats="a country or a field")
    if not isinstance(routes, dict):
        raise ValueError(f"write it like {_EXAMPLE}")  # noqa: TRY004  pydantic expects a ValueError
    return {country: _steps(route) for country, route in routes.items()}


def _steps(route: object) -> object:
    """Expand the short forms: a name is a gateway, a single gateway is a step."""
    if not isinstance(route, list) or not 1 <= len(route) <= _MAX_STEPS:
        raise ValueError(f"a route is a list of 1 to {_MAX_STEPS} gateways, like {_EXAMPLE}")
    steps = [step if isinstance(step, list) else [step] for step in route]
    if not all(1 <= len(step) <= _MAX_STEPS for step in steps):
        raise ValueError(f"gateways that share a step are a list of 1 to {_MAX_STEPS}")
    return [
        [{"gateway": route_step} if isinstance(route_step, str) else route_step for route_step in step]
        for step in steps
    ]


def as_route(steps: Steps) -> Route:
    """Build the route of a country."""
    return [[RouteStep(**route_step.model_dump()) for route_step in step] for step in steps]


def as_routes(routes: Mapping[str, Steps], gateways: Sequence[str]) -> Routes:
    """Build the routes; the default is all gateways in the order in which they are configured."""
    everywhere = as_route(routes[EVERYWHERE]) if EVERYWHERE in routes else [[RouteStep(name)] for name in gateways]
    return Routes(everywhere, {country: as_route(steps) for country, steps in routes.items() if country != EVERYWHERE})
