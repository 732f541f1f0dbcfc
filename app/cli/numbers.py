"""`otp numbers`: unlock, block, unblock or forget one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.cli.output import show_spinner
from app.cli.run import FAILED, out, print_error, run_on_redis

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.container import Container
    from app.settings.model import Settings

app = typer.Typer(help="One number: unlock, block, unblock, forget.", no_args_is_help=True)
Number = Annotated[str, typer.Argument(help="With + and country code, like +31612345678.", metavar="NUMBER")]
T = TypeVar("T")


@app.command(epilog="Example: otp numbers unlock +31612345678")
def unlock(number: Number) -> None:
    """Clear the waits and locks of a number after wrong codes, in all apps; ten wrong codes stay counted."""
    from app.services import admin
    from app.settings.to_domain import apps_of

    done = _on_redis(
        lambda container, settings: admin.unlock_number(
            number, apps=list(apps_of(settings)), encryption=container.store.encryption, numbers=container.numbers
        )
    )
    out.print("Unlocked." if done else "It was not locked.")


@app.command(epilog="Example: otp numbers block +31612345678")
def block(number: Number) -> None:
    """Refuse all further requests for a number; at most 100,000 numbers are blocked at a time."""
    from app.services import admin

    if not _on_redis(
        lambda container, _: admin.block_number(
            number, encryption=container.store.encryption, numbers=container.numbers
        )
    ):
        print_error("100,000 numbers are blocked already. Unblock some first.")
        raise typer.Exit(FAILED)
    out.print("Blocked.")


@app.command(epilog="Example: otp numbers unblock +31612345678")
def unblock(number: Number) -> None:
    """Unblock a number and forget its opt-out; the vendor may still refuse it."""
    from app.services import admin

    done = _on_redis(
        lambda container, _: admin.unblock_number(
            number, encryption=container.store.encryption, numbers=container.numbers
        )
    )
    out.print("Unblocked." if done else "It was neither blocked nor opted out.")


@app.command(epilog="Example: otp numbers forget +31612345678")
def forget(number: Number) -> None:
    """Erase all stored data of a number: pending codes, limits, failures."""
    from app.services import admin
    from app.settings.to_domain import apps_of

    gone = _on_redis(
        lambda container, settings: admin.forget_number(
            number, apps=list(apps_of(settings)), encryption=container.store.encryption, numbers=container.numbers
        )
    )
    out.print(f"Erased {gone} keys.")


def _on_redis(act: Callable[[Container, Settings], Awaitable[T]]) -> T:
    with show_spinner("Updating Redis"):
        return run_on_redis(act)
