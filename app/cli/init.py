"""`otp init`: write a good `.env`."""

import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.common import ENV_FILE, FAILED, err, out
from app.domain.caller import digest_key

_PRINTED = Path("-")

_TEXT = """\
# Written by `otp init`. Everything here is for this installation only; keep it out of version control.
# What each name means stands in the README's table of settings.
OTP_ENV=production
OTP_SECRETS={key_id}:{secret}
OTP_NAME_SECRET={name_secret}
OTP_APPS={apps}
OTP_REDIS_URL={redis_url}

# Where people and vendors reach this service.
OTP_PUBLIC_URL={public_url}
# The countries that you serve, two letters each; the shorter the list, the smaller the bill of a fraud.
OTP_COUNTRIES={countries}
# Who the SMS says it is from.
OTP_BRAND={brand}

# The vendor. Put in your account's keys; the report token belongs to the address of its delivery reports:
# {public_url}/v1/reports/smstools/{report_token}
OTP_GATEWAYS__SMSTOOLS__CLIENT_ID=
OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET=
OTP_GATEWAYS__SMSTOOLS__SENDER=
OTP_GATEWAYS__SMSTOOLS__REPORT_TOKEN={report_token}
"""


def init(
    app_name: Annotated[str, typer.Option("--app", help="The name of your first app.")] = "main",
    public_url: Annotated[str, typer.Option(help="Where people and vendors reach it.")] = "https://otp.example.com",
    redis_url: Annotated[str, typer.Option(help="Your Redis.")] = "redis://redis:6379/0",
    countries: Annotated[str, typer.Option(help="Open countries, like NL,BE.")] = "",
    brand: Annotated[str, typer.Option(help="Who the SMS says it is from.")] = "verification",
    file: Annotated[Path, typer.Option(help="Where to write it; - prints it.")] = ENV_FILE,
) -> None:
    """Write a `.env` with real secrets, and print the first app's secret key, once."""
    key = f"sk_{secrets.token_urlsafe(32)}"
    text = _TEXT.format(
        key_id=datetime.now(UTC).strftime("k%Y%m%d"),
        secret=secrets.token_urlsafe(32),
        name_secret=secrets.token_urlsafe(32),
        apps=json.dumps({app_name: {"secret_keys": [digest_key(key)]}}),
        report_token=secrets.token_urlsafe(32),
        public_url=public_url,
        redis_url=redis_url,
        countries=countries,
        brand=brand,
    )
    printed = file == _PRINTED
    if printed:
        _print(text)
    else:
        _write(text, file)
    say = err if printed else out
    done = "Printed it" if printed else f"Wrote {file}"
    say.print(f"{done}. The secret key of app {app_name}, shown only now:\n\n  {key}\n", markup=False)
    say.print("Next: put the vendor's keys and your countries into it, then `otp doctor`.", markup=False)


def _write(text: str, file: Path) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        err.print(f"✗ {file} is there already. Move it away first; nothing was changed.", markup=False)
        raise typer.Exit(FAILED) from None
    with os.fdopen(handle, "w") as env:
        env.write(text)


def _print(text: str) -> None:
    """Print it for `>> .env`, out of a container whose environment that very file is; so secrets in it show here."""
    if os.environ.get("OTP_SECRETS"):
        err.print("✗ OTP_SECRETS is there already. Move your .env away first; nothing was changed.", markup=False)
        raise typer.Exit(FAILED)
    typer.echo(text, nl=False)
