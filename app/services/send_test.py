"""Send one test SMS through a gateway; nothing is stored or queued."""

from app.domain.gateway import Gateway, GatewayError
from app.domain.message import Accepted, Message
from app.domain.phone_number import PhoneNumber, country_of
from app.domain.route import Routes, RouteStep

_VALID_FOR = 300  # seconds; the default lifetime of a code
_CODE = "000000"  # for a vendor that writes the text itself; it opens nothing


def step_for(phone: PhoneNumber, *, id: str, routes: Routes, gateway: str = "") -> RouteStep:
    """Find the first route step for this number, or the step of the named gateway."""
    route_steps = routes.route_steps(country_of(phone), id)
    if not gateway:
        return route_steps[0]
    return next((route_step for route_step in route_steps if route_step.gateway == gateway), RouteStep(gateway))


async def send_test(
    id: str, *, to: PhoneNumber, route_step: RouteStep, gateway: Gateway, brand: str
) -> Accepted | GatewayError:
    """Send one message through the gateway of a route step, once and unthrottled; return its errors as results."""
    message = Message(
        id=id,
        to=to,
        text=f"Test of {brand}. No action is needed.",
        valid_for=_VALID_FOR,
        sender=route_step.sender,
        entity_id=route_step.entity_id,
        template_id=route_step.template_id,
        code=_CODE,
    )
    try:
        return await gateway.send(message)
    except GatewayError as failure:
        return failure
