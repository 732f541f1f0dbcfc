"""`otp send-test`: one SMS now, to see whether a gateway carries it."""

from typing import Annotated

import typer

from app.cli.common import FAILED, USAGE, err, out, run_with_tools
from app.cli.failures import advise, explain, say_whether_sent
from app.domain.errors import InvalidPhoneNumber
from app.domain.gateway import GatewayError
from app.domain.message import Accepted
from app.domain.phone import Phone, read_phone
from app.services import send_test as act
from app.services.generate import new_id
from app.settings.model import Settings
from app.settings.sending import DEVELOPERS
from app.wiring import Tools


def send_test(
    number: Annotated[str, typer.Argument(help="With + and its country's code.", metavar="NUMBER")],
    gateway: Annotated[str, typer.Option(help="By this one; else the first for the number's country.")] = "",
) -> None:
    """Send one SMS now, past queue and limits. It costs money. Exit code 1 when it is not accepted."""
    phone = _read(number)

    async def run(tools: Tools, settings: Settings) -> bool:
        return await _send(phone, gateway, tools, settings)

    if not run_with_tools(run):
        raise typer.Exit(FAILED)


def _read(number: str) -> Phone:
    try:
        return read_phone(number, voip=True)
    except InvalidPhoneNumber as error:
        err.print(f"✗ {error}", markup=False)
        raise typer.Exit(USAGE) from error


async def _send(phone: Phone, gateway: str, tools: Tools, settings: Settings) -> bool:
    """Say who is about to send, send, and say what came of it; tells whether the SMS was accepted."""
    if gateway and gateway not in tools.gateways:
        err.print(f"✗ No gateway of this name is set up. There are: {', '.join(tools.gateways)}.", markup=False)
        raise typer.Exit(USAGE)
    id = new_id("ms", tools.chance)
    leg = act.leg_for(phone, id=id, routes=tools.desk.routes, gateway=gateway)
    is_page = settings.gateways.get(leg.gateway, {}).get("kind", leg.gateway) == DEVELOPERS
    cost = "It is a page of the service, which must run" if is_page else "It costs money, as every SMS does"
    out.print(f"One SMS by {leg.gateway} to {phone}. {cost}.", markup=False)
    said = await act.send_test(id, to=phone, leg=leg, gateway=tools.gateways[leg.gateway], brand=settings.brand)
    if isinstance(said, GatewayError):
        mend = "Start it, like `otp dev`; it listens at OTP_PUBLIC_URL." if is_page else advise(said)
        err.print(f"✗ {leg.gateway}: {explain(said)}\n  {say_whether_sent(said)} {mend}", markup=False)
        return False
    _report(id, said)
    return True


def _report(id: str, accepted: Accepted) -> None:
    segments = accepted.segments
    told = [f"{segments} segment{'' if segments == 1 else 's'}" if segments else "", accepted.price or ""]
    out.print(f"✓ Accepted: {', '.join([id, *filter(None, told)])}", markup=False)
    out.print("  A delivery report of it finds no message, and is counted: see `otp gateways check`.")
