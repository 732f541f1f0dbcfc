"""`otp numbers`: what an operator may do to one number."""

from typing import Annotated

import typer

from app.cli.common import FAILED, err, out, run_on_redis
from app.services import operate
from app.settings.nouns import apps_of

app = typer.Typer(help="One number: unlock, block, unblock, forget.", no_args_is_help=True)
Number = Annotated[str, typer.Argument(help="With + and its country's code.", metavar="NUMBER")]


@app.command()
def unlock(number: Number) -> None:
    """End its waits and locks after wrong codes, in all apps."""
    done = run_on_redis(
        lambda tools, settings: operate.unlock(
            number, apps=list(apps_of(settings)), keyring=tools.keyring, numbers=tools.numbers
        )
    )
    out.print("Unlocked." if done else "It was not locked.")


@app.command()
def block(number: Number) -> None:
    """Refuse all further requests for it."""
    done = run_on_redis(lambda tools, _: operate.block(number, keyring=tools.keyring, numbers=tools.numbers))
    if not done:
        err.print("✗ 100,000 numbers are blocked already. Unblock some first.")
        raise typer.Exit(FAILED)
    out.print("Blocked.")


@app.command()
def unblock(number: Number) -> None:
    """Open it again, and forget that its person opted out; the vendor may not."""
    done = run_on_redis(lambda tools, _: operate.unblock(number, keyring=tools.keyring, numbers=tools.numbers))
    out.print("It is open again." if done else "It was neither blocked nor opted out.")


@app.command()
def forget(number: Number) -> None:
    """Erase all that is kept of it: pending codes, limits, failures."""
    gone = run_on_redis(
        lambda tools, settings: operate.forget(
            number, apps=list(apps_of(settings)), keyring=tools.keyring, numbers=tools.numbers
        )
    )
    out.print(f"Erased {gone} keys.")
