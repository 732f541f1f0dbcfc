"""`otp send-test`: one SMS now, to see whether a gateway carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.gateway_errors import describe_delivery, explain, suggest
from app.cli.output import Finding, show_findings, show_spinner
from app.cli.run import FAILED, USAGE, print_error, print_hint, run_with_container
from app.domain.errors import InvalidPhoneNumber
from app.domain.gateway import GatewayError

if TYPE_CHECKING:
    from app.container import Container
    from app.domain.message import Accepted
    from app.domain.phone_number import PhoneNumber
    from app.settings.model import Settings

EXAMPLE = "Example: otp send-test +31612345678 --gateway smstools"


def send_test(
    number: Annotated[str, typer.Argument(help="With + and its country's code, like +31612345678.", metavar="NUMBER")],
    gateway: Annotated[
        str, typer.Option(metavar="NAME", help="By this one; else the first for the number's country.")
    ] = "",
) -> None:
    """Send one SMS now, past queue and limits; it costs money.

    Exit code 1 when it is not accepted; no other gateway is asked then.
    """
    phone = _read(number)

    async def run(container: Container, settings: Settings) -> Finding | None:
        return await _send(phone, gateway, container, settings)

    with show_spinner("Sending"):
        accepted = run_with_container(run)
    if accepted is None:
        raise typer.Exit(FAILED)
    show_findings([accepted])
    print_hint("A delivery report of it finds no message, and is counted: see `otp gateways check`.")


def _read(number: str) -> PhoneNumber:
    from app.domain.phone_number import parse_phone_number

    try:
        return parse_phone_number(number, voip=True)
    except InvalidPhoneNumber as error:
        print_error(str(error))
        raise typer.Exit(USAGE) from error


async def _send(phone: PhoneNumber, gateway: str, container: Container, settings: Settings) -> Finding | None:
    """Say who is about to send, send, and complain of a failure; gives what was accepted."""
    from app.services import send_test as act
    from app.services.parts.code_generation import new_id
    from app.settings.sending import DEVELOPERS

    if gateway and gateway not in container.gateways:
        print_error(f"No gateway of this name is set up. There are: {', '.join(container.gateways)}.")
        raise typer.Exit(USAGE)
    id = new_id("ms", container.random_bytes)
    route_step = act.step_for(phone, id=id, routes=container.delivery.routes, gateway=gateway)
    is_page = settings.gateways.get(route_step.gateway, {}).get("kind", route_step.gateway) == DEVELOPERS
    cost = "It is a page of the service, which must run" if is_page else "It costs money, as every SMS does"
    print_hint(f"One SMS by {route_step.gateway} to {phone}. {cost}.")
    said = await act.send_test(
        id,
        to=phone,
        route_step=route_step,
        gateway=container.gateways[route_step.gateway],
        brand=settings.brand or "otp",
    )
    if isinstance(said, GatewayError):
        mend = "Start it, like `otp dev`; it listens at OTP_PUBLIC_URL." if is_page else suggest(said)
        print_error(f"{route_step.gateway}: {explain(said)}\n  {describe_delivery(said)} {mend}")
        return None
    return "ok", route_step.gateway, _accepted(id, said)


def _accepted(id: str, accepted: Accepted) -> str:
    segments = accepted.segments
    told = [f"{segments} segment{'' if segments == 1 else 's'}" if segments else "", accepted.price or ""]
    return f"accepted: {', '.join([id, *filter(None, told)])}"
