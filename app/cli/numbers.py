"""`otp numbers`: show, unlock, block, unblock or forget one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.cli.output import show_spinner
from app.cli.run import FAILED, out, print_error, run_on_redis

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.cli.number_history import NumberHistory
    from app.container import Container
    from app.settings.model import Settings

app = typer.Typer(help="One number: show, unlock, block, unblock, forget.", no_args_is_help=True)
Number = Annotated[str, typer.Argument(help="With + and country code, like +31612345678.", metavar="NUMBER")]
Devices = Annotated[bool, typer.Option("--devices", help="Also revoke the device tokens that the number has earned.")]
T = TypeVar("T")


@app.command(epilog="Example: otp numbers show +31612345678")
def show(number: Number) -> None:
    """Show why a number gets no SMS: what refuses it, its codes and messages in all apps, and who changed it.

    A pipe gets one line for each fact.
    """
    from app.cli.audit import Audit
    from app.cli.number_history import find_number, show_number

    with show_spinner("Reading the number") as spinner:

        async def find(container: Container, settings: Settings) -> NumberHistory:
            history = await find_number(number, container)
            Audit(container, settings, spinner).record_look("show_number", number=history.log_name)
            return history

        history = run_on_redis(find)
    show_number(history)


@app.command(epilog="Example: otp numbers unlock +31612345678 --devices")
def unlock(number: Number, *, devices: Devices = False) -> None:
    """Clear the waits and locks of a number after wrong codes, in all apps; ten wrong codes stay counted."""
    from app.services import admin

    done = _change(
        "unlock_number",
        number,
        lambda container: admin.unlock_number(
            number, apps=list(container.apps), encryption=container.store.encryption, numbers=container.numbers
        ),
    )
    out.print("Unlocked." if done else "It was not locked.")
    if devices:
        _revoke_devices(number)


@app.command(epilog="Example: otp numbers block +31612345678")
def block(number: Number) -> None:
    """Refuse all further requests for a number; at most 100,000 numbers are blocked at a time."""
    from app.services import admin

    if not _change(
        "block_number",
        number,
        lambda container: admin.block_number(number, encryption=container.store.encryption, numbers=container.numbers),
    ):
        print_error("100,000 numbers are blocked already. Unblock some first.")
        raise typer.Exit(FAILED)
    out.print("Blocked.")


@app.command(epilog="Example: otp numbers unblock +31612345678")
def unblock(number: Number) -> None:
    """Unblock a number and forget its opt-outs, in all apps; the vendor may still refuse it."""
    from app.services import admin

    done = _change(
        "unblock_number",
        number,
        lambda container: admin.unblock_number(
            number, apps=list(container.apps), encryption=container.store.encryption, numbers=container.numbers
        ),
    )
    out.print("Unblocked." if done else "It was neither blocked nor opted out.")


@app.command(epilog="Example: otp numbers forget +31612345678")
def forget(number: Number, *, devices: Devices = False) -> None:
    """Erase all stored data of a number: codes, messages, limits, failures; its device tokens and opt-outs stay."""
    from app.services import admin

    gone = _change(
        "forget_number",
        number,
        lambda container: admin.forget_number(
            number, apps=list(container.apps), encryption=container.store.encryption, numbers=container.numbers
        ),
    )
    out.print(f"Erased {gone} keys.")
    if devices:
        _revoke_devices(number)


def _revoke_devices(number: str) -> None:
    from app.services import admin

    _change(
        "revoke_devices",
        number,
        lambda container: admin.revoke_devices(
            number, apps=list(container.apps), encryption=container.store.encryption, numbers=container.numbers
        ),
    )
    out.print("Its device tokens are revoked.")


def _change(name: str, number: str, change: Callable[[Container], Awaitable[T]]) -> T:
    """Change what is stored of a number, and record who did it."""
    from app.cli.audit import Audit
    from app.services.admin import log_name_of

    with show_spinner("Updating Redis") as spinner:

        async def run(container: Container, settings: Settings) -> T:
            log_name = log_name_of(number, container.keyring)
            return await Audit(container, settings, spinner).record_change(name, change(container), number=log_name)

        return run_on_redis(run)
