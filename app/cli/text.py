"""`otp text`: what the SMS says, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import show_facts
from app.cli.run import USAGE, out, print_error, print_hint, settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.app import App

EXAMPLE = "Example: otp text preview --locale nl"
app = typer.Typer(help="Show what the SMS says, and what that costs: preview.", no_args_is_help=True)
_CODE = "0421378695"
_REFERENCE = "cart-77"


@app.callback()
def texts() -> None:
    """Show what the SMS says, and what that costs."""


@app.command("preview", epilog=EXAMPLE)
def preview(
    locale: Annotated[str, typer.Option(help="Its language, like nl or pt-BR.", metavar="TAG")] = "en",
    purpose: Annotated[str, typer.Option(help="As in a request; texts of your own may differ by it.")] = "login",
    name: Annotated[str, typer.Option("--app", help="Whose SMS; without it, the first that is listed.")] = "",
) -> None:
    """Show an app's SMS in a language, with a sample code: its text, encoding, segments and price."""
    from app.domain.gsm7 import not_in_gsm7
    from app.domain.sms_segments import measure
    from app.settings.to_domain import apps_of

    chosen = _find(name, apps_of(settings_or_exit()))
    templates, policy = chosen.templates, chosen.policy
    spoken = templates.speaks([locale], purpose=purpose)
    if not spoken:
        print_hint(f"There is no text in “{locale}”: its people get the one for all others.")
    text = templates.write(
        templates.template(purpose, spoken, reference=_REFERENCE),
        code=_CODE[: policy.code_length],
        valid_for=policy.code_lifetime,
        reference=_REFERENCE,
    )
    size, letters = measure(text), not_in_gsm7(text)
    out.print(text, markup=False)
    out.print()
    show_facts(
        {
            "encoding": f"{size.encoding}, for it has {' '.join(letters[:5])}" if letters else str(size.encoding),
            "segments": f"{size.segments}, of {size.units} {size.encoding.unit}",
            "price": f"{size.segments} SMS",
        }
    )


def _find(name: str, apps: Mapping[str, App]) -> App:
    """Find an app by its name; exit code 2 for one that is not listed."""
    if name and name not in apps:
        print_error(f"No app of this name is listed. There are: {', '.join(apps)}.")
        raise typer.Exit(USAGE)
    return apps[name] if name else next(iter(apps.values()))
