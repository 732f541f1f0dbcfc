"""`otp init`: write a `.env` for production."""

import json
import os
import secrets
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from app.cli.keys import generate_key
from app.cli.run import ENV_FILE, FAILED, USAGE, err, out, print_error

EXAMPLE = "Example: otp init --app shop --public-url https://otp.example.com --countries NL,BE --brand Acme"
_STDOUT = Path("-")

_TEMPLATE = """\
# Written by `otp init`, for this installation only.
# Keep it out of version control. docs/operating/settings.md lists all settings.
OTP_ENV=production
OTP_SECRETS={key_id}:{secret}
OTP_NAME_SECRET={name_secret}
OTP_APPS={apps}
# Your Redis; the URL holds its password, if it has one.
OTP_REDIS_URL={redis_url}

# The URL of this service for users and vendors.
OTP_PUBLIC_URL={public_url}
# The countries that you serve, two letters each, comma-separated.
# A short list limits the cost of fraud.
OTP_COUNTRIES={countries}
# The most SMS that an app may send: it caps the cost of fraud per day.
# Set it a little above your busiest day; `off` is no limit.
OTP_LIMIT_SENDS_PER_APP=1000/d
# The brand in the SMS. Without this line the SMS names none.
{brand_line}
# The TLS proxies in front, by address or network: they may set the client
# address. These are one on this machine, and all in the network of
# docker-compose.yml.
OTP_TRUSTED_PROXIES=127.0.0.1,192.168.213.0/24

# The vendor: set the keys of your account and the sender of the SMS.
# Configure the vendor to post delivery reports to the URL that
# `otp gateways urls` prints: it ends in the token of the last line here.
OTP_GATEWAYS__SMSTOOLS__CLIENT_ID=
OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET=
OTP_GATEWAYS__SMSTOOLS__SENDER=
OTP_GATEWAYS__SMSTOOLS__REPORT_TOKEN={report_token}
"""
_NEXT_STEPS = """\
The secret key of the app {app}, shown only now:

  {key}

Next, set in the file: your vendor's keys; your countries, URL and brand, unless
you gave them as options; how many SMS the app may send, now 1000 a day; and
your proxy, if it is on another machine. Then run `otp doctor`, and start
`otp worker` and `otp serve`. For browsers, run `otp keys new --publishable`.
"""
_LOCAL_REDIS, _COMPOSE_REDIS = "redis://127.0.0.1:6379/0", "redis://redis:6379/0"
_FILLED_BY_OPERATOR = ("OTP_GATEWAYS__", "OTP_COUNTRIES=\n")


def init(
    app_name: Annotated[str, typer.Option("--app", metavar="NAME", help="The name of your first app.")] = "main",
    public_url: Annotated[
        str, typer.Option(metavar="URL", help="The URL for users and vendors.")
    ] = "https://otp.example.com",
    redis_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help=f"Your Redis.  [default: {_LOCAL_REDIS}; with --file -, docker-compose.yml's]"
        ),
    ] = None,
    countries: Annotated[str, typer.Option(metavar="LIST", help="Open countries, two letters each, like NL,BE.")] = "",
    brand: Annotated[
        str | None, typer.Option(metavar="NAME", help="The brand in the SMS, 30 characters at most.")
    ] = None,
    file: Annotated[Path, typer.Option(metavar="PATH", help="The file to write; - prints it.")] = ENV_FILE,
) -> None:
    """Write a `.env` with real secrets, and print the first app's secret key, once.

    An existing file is not changed, and the exit code is 1.
    """
    from app.domain.api_key import digest_key

    key = generate_key("sk")
    text = _TEMPLATE.format(
        key_id=datetime.now(UTC).strftime("k%Y%m%d"),
        secret=secrets.token_urlsafe(32),
        name_secret=secrets.token_urlsafe(32),
        apps=json.dumps({app_name: {"secret_keys": [digest_key(key)]}}),
        report_token=secrets.token_urlsafe(32),
        public_url=public_url,
        redis_url=redis_url or (_COMPOSE_REDIS if file == _STDOUT else _LOCAL_REDIS),
        countries=countries,
        brand_line="# OTP_BRAND=Acme" if brand is None else f"OTP_BRAND={brand}",
    )
    _validate(text, brand)
    if file == _STDOUT:
        _print(text)
    else:
        _write(text, file)
        out.print(f"Wrote {file}.\n", markup=False)
    console = err if file == _STDOUT else out  # stdout is appended to a file, which must not contain the key
    console.print(_NEXT_STEPS.format(app=app_name, key=key), markup=False, end="")


def _write(text: str, file: Path) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        reason = "already exists; move it first" if isinstance(error, FileExistsError) else "cannot be written"
        print_error(f"{file} {reason}. Nothing was changed.")
        raise typer.Exit(FAILED) from None
    with os.fdopen(descriptor, "w") as env:
        env.write(text)


def _print(text: str) -> None:
    """Print the file for `>> .env`, from a container that has that file as its environment, with any old secrets."""
    if os.environ.get("OTP_SECRETS"):
        print_error("OTP_SECRETS is already set. Move your .env first; nothing was changed.")
        raise typer.Exit(FAILED)
    typer.echo(text, nl=False)


def _validate(text: str, brand: str | None) -> None:
    """Validate the new file as the service will; an invalid option ends the command with exit code 2."""
    from dotenv import dotenv_values

    from app.settings.load import BadSettings, load_settings

    lines = [line for line in text.splitlines(keepends=True) if not line.startswith(_FILLED_BY_OPERATOR)]
    values = {name: value or "" for name, value in dotenv_values(stream=StringIO("".join(lines))).items()}
    errors = []
    if values.get("OTP_BRAND") != brand:
        errors.append("OTP_BRAND: a .env file cannot store this brand. Remove #, quotes, $ and line breaks.")
    try:
        load_settings(values | {"OTP_ENV": "development"})
    except BadSettings as error:
        errors += error.sentences
    if errors:
        print_error(*errors)
        raise typer.Exit(USAGE)
