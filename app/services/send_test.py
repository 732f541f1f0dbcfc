"""An operator sends one SMS now, to see whether a gateway carries it; nothing is kept or queued."""

from app.domain.gateway import Gateway, GatewayError
from app.domain.message import Accepted, Message
from app.domain.phone_number import PhoneNumber, country_of
from app.domain.route import Routes, RouteStep

_VALID_FOR = 300  # seconds; as long as a code usually lives


def step_for(phone: PhoneNumber, *, id: str, routes: Routes, gateway: str = "") -> RouteStep:
    """Find who is asked first for this number, or as whom the named gateway sends there."""
    route_steps = routes.route_steps(country_of(phone), id)
    if not gateway:
        return route_steps[0]
    return next((route_step for route_step in route_steps if route_step.gateway == gateway), RouteStep(gateway))


async def send_test(
    id: str, *, to: PhoneNumber, route_step: RouteStep, gateway: Gateway, brand: str
) -> Accepted | GatewayError:
    """Hand one message to the gateway of a leg, once and past its gate; its errors are answers too."""
    message = Message(
        id=id,
        to=to,
        text=f"Test of {brand}. No action is needed.",
        valid_for=_VALID_FOR,
        sender=route_step.sender,
        entity_id=route_step.entity_id,
        template_id=route_step.template_id,
    )
    try:
        return await gateway.send(message)
    except GatewayError as failure:
        return failure
