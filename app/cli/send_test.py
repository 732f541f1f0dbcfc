"""`otp send-test`: send one SMS now, to test a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import Finding, show_findings, show_spinner
from app.cli.run import FAILED, USAGE, print_error, print_hint, run_with_container
from app.domain.errors import InvalidPhoneNumber

if TYPE_CHECKING:
    from app.container import Container
    from app.domain.message import Accepted
    from app.domain.phone_number import PhoneNumber
    from app.settings.model import Settings

EXAMPLE = "Example: otp send-test +31612345678 --gateway smstools"


def send_test(
    number: Annotated[str, typer.Argument(help="With + and country code, like +31612345678.", metavar="NUMBER")],
    gateway: Annotated[str, typer.Option(metavar="NAME", help="The gateway; else the first for the country.")] = "",
) -> None:
    """Send one SMS now, bypassing queue and limits; it costs money.

    Exit code 1 when it is not accepted; no other gateway is tried.
    """
    phone = _parse_number(number)

    async def run(container: Container, settings: Settings) -> Finding | None:
        return await _send(phone, gateway, container, settings)

    with show_spinner("Sending"):
        accepted = run_with_container(run)
    if accepted is None:
        raise typer.Exit(FAILED)
    show_findings([accepted])
    print_hint("Its delivery report is counted as one of an unknown message: see `otp gateways check`.")


def _parse_number(number: str) -> PhoneNumber:
    from app.domain.phone_number import parse_phone_number

    try:
        return parse_phone_number(number)
    except InvalidPhoneNumber as error:
        print_error(str(error))
        raise typer.Exit(USAGE) from error


async def _send(phone: PhoneNumber, gateway: str, container: Container, settings: Settings) -> Finding | None:
    """Print the gateway, send, and print a failure; return the accepted SMS as a finding."""
    from app.cli.gateway_errors import describe_delivery, explain, suggest
    from app.domain.gateway import GatewayError
    from app.services import send_test as use_case
    from app.services.parts.code_generation import new_id
    from app.settings.sending import DEV_INBOX

    if gateway and gateway not in container.gateways:
        print_error(f"No gateway has this name. Configured: {', '.join(container.gateways)}.")
        raise typer.Exit(USAGE)
    id = new_id("ms", container.random_bytes)
    route_step = use_case.step_for(phone, id=id, routes=container.deliver_message.routes, gateway=gateway)
    is_inbox = settings.gateways.get(route_step.gateway, {}).get("kind", route_step.gateway) == DEV_INBOX
    cost = "It is a page of the service, which must be running" if is_inbox else "It costs money"
    print_hint(f"One SMS by {route_step.gateway} to {phone}. {cost}.")
    result = await use_case.send_test(
        id,
        to=phone,
        route_step=route_step,
        gateway=container.gateways[route_step.gateway],
        brand=settings.brand or "otp",
    )
    if isinstance(result, GatewayError):
        advice = "Start the service, like `otp dev`; the inbox is at OTP_PUBLIC_URL." if is_inbox else suggest(result)
        print_error(f"{route_step.gateway}: {explain(result)}\n  {describe_delivery(result)} {advice}")
        return None
    return "ok", route_step.gateway, _describe_accepted(id, result)


def _describe_accepted(id: str, accepted: Accepted) -> str:
    segments = accepted.segments
    details = [f"{segments} segment{'' if segments == 1 else 's'}" if segments else "", accepted.price or ""]
    return f"accepted: {', '.join([id, *filter(None, details)])}"
