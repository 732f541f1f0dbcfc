"""`otp text`: show the SMS text and its price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import show_facts
from app.cli.run import USAGE, out, print_error, print_hint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.app import App

EXAMPLE = "Example: otp text preview --locale nl"
app = typer.Typer(help="Show the SMS text and its price: preview.", no_args_is_help=True)
_CODE = "0421378695"
_REFERENCE = "cart-77"


@app.callback()
def texts() -> None:
    """Show the SMS text and its price."""


@app.command("preview", epilog=EXAMPLE)
def preview(
    locale: Annotated[str, typer.Option(help="The language, like nl or pt-BR.", metavar="TAG")] = "en",
    purpose: Annotated[str, typer.Option(help="As in a request; custom texts may depend on it.")] = "login",
    app_name: Annotated[str, typer.Option("--app", help="The app; the default is the first in OTP_APPS.")] = "",
) -> None:
    """Show an app's SMS in a language, with a sample code: its text, encoding, segments and price."""
    from app.cli.service_settings import service_settings_or_exit
    from app.domain.gsm7 import not_in_gsm7
    from app.domain.sms_segments import measure
    from app.settings.to_domain import apps_of

    app_to_show = _find(app_name, apps_of(service_settings_or_exit()))
    templates, policy = app_to_show.templates, app_to_show.policy
    chosen_locale = templates.choose_locale([locale], purpose=purpose)
    if not chosen_locale:
        print_hint(f"There is no text in “{locale}”: its users get the default text.")
    text = templates.write(
        templates.template(purpose, chosen_locale, reference=_REFERENCE),
        code=_CODE[: policy.code_length],
        valid_for=policy.code_lifetime,
        reference=_REFERENCE,
    )
    size, letters = measure(text), not_in_gsm7(text)
    out.print(text, markup=False)
    out.print()
    show_facts(
        {
            "encoding": f"{size.encoding}, because of {' '.join(letters[:5])}" if letters else str(size.encoding),
            "segments": f"{size.segments}, of {size.units} {size.encoding.unit}",
            "price": f"{size.segments} SMS",
        }
    )


def _find(app_name: str, apps: Mapping[str, App]) -> App:
    """Return an app by its name; exit with code 2 for an unknown one."""
    if app_name and app_name not in apps:
        print_error(f"No app has this name. Configured: {', '.join(apps)}.")
        raise typer.Exit(USAGE)
    return apps[app_name] if app_name else next(iter(apps.values()))
