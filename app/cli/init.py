"""`otp init`: write a good `.env`."""

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
from app.domain.api_key import digest_key

EXAMPLE = "Example: otp init --app shop --public-url https://otp.example.com --countries NL,BE"
_PRINTED = Path("-")

_TEXT = """\
# Written by `otp init`, for this installation only.
# Keep it out of version control. The README's table of settings says more.
OTP_ENV=production
OTP_SECRETS={key_id}:{secret}
OTP_NAME_SECRET={name_secret}
OTP_APPS={apps}
OTP_REDIS_URL={redis_url}

# Where people and vendors reach this service.
OTP_PUBLIC_URL={public_url}
# The countries that you serve, two letters each, by commas.
# The shorter the list, the smaller the bill of a fraud.
OTP_COUNTRIES={countries}
# The most SMS that an app may send: what a fraud can cost you in a day.
# A little above your busiest day is right; `off` is no limit.
OTP_LIMIT_SENDS_PER_APP=1000/d
# Who the SMS says it is from.
OTP_BRAND={brand}
# The proxies that speak TLS in front, by address or network: what they say of
# a person's address is believed. These are one on this machine, and all in
# docker-compose.yml's network.
OTP_TRUSTED_PROXIES=127.0.0.1,192.168.213.0/24

# The vendor: put in your account's keys and the name that people see.
# Its delivery reports belong to the address
# {public_url}/v1/reports/smstools/<token>
# with the token of the last line here.
OTP_GATEWAYS__SMSTOOLS__CLIENT_ID=
OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET=
OTP_GATEWAYS__SMSTOOLS__SENDER=
OTP_GATEWAYS__SMSTOOLS__REPORT_TOKEN={report_token}
"""
_DONE = """\
The secret key of the app {app}, shown only now:

  {key}

Next, in the file: your vendor's keys and your countries; how many SMS the app
may send, 1000 a day for now; and your proxy, where it is on another machine.
Then run `otp doctor`. For browsers, `otp keys new --publishable` draws a key.
"""
_LEFT_OPEN = ("OTP_GATEWAYS__", "OTP_COUNTRIES=\n")


def init(
    app_name: Annotated[str, typer.Option("--app", metavar="NAME", help="The name of your first app.")] = "main",
    public_url: Annotated[
        str, typer.Option(metavar="URL", help="Where people and vendors reach it.")
    ] = "https://otp.example.com",
    redis_url: Annotated[str, typer.Option(metavar="URL", help="Your Redis.")] = "redis://redis:6379/0",
    countries: Annotated[str, typer.Option(metavar="LIST", help="Open countries, two letters each, like NL,BE.")] = "",
    brand: Annotated[
        str, typer.Option(metavar="NAME", help="Who the SMS is from, 30 characters at most.")
    ] = "verification",
    file: Annotated[Path, typer.Option(metavar="PATH", help="Where to write it; - prints it.")] = ENV_FILE,
) -> None:
    """Write a `.env` with real secrets, and print the first app's secret key, once.

    A file that is there already is left alone, and the exit code is 1.
    """
    key = generate_key("sk")
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
    _require_good(text, brand)
    if file == _PRINTED:
        _print(text)
    else:
        _write(text, file)
        out.print(f"Wrote {file}.\n", markup=False)
    say = err if file == _PRINTED else out  # what is printed goes on into a file, where the key has no business
    say.print(_DONE.format(app=app_name, key=key), markup=False, end="")


def _write(text: str, file: Path) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        why = "is there already; move it away first" if isinstance(error, FileExistsError) else "cannot be written"
        print_error(f"{file} {why}. Nothing was changed.")
        raise typer.Exit(FAILED) from None
    with os.fdopen(handle, "w") as env:
        env.write(text)


def _print(text: str) -> None:
    """Print it for `>> .env`, out of a container whose environment that very file is; so secrets in it show here."""
    if os.environ.get("OTP_SECRETS"):
        print_error("OTP_SECRETS is there already. Move your .env away first; nothing was changed.")
        raise typer.Exit(FAILED)
    typer.echo(text, nl=False)


def _require_good(text: str, brand: str) -> None:
    """Read what would be written as the service will; a wrong option ends the command with exit code 2."""
    from dotenv import dotenv_values

    from app.settings.load import BadSettings, load_settings

    lines = [line for line in text.splitlines(keepends=True) if not line.startswith(_LEFT_OPEN)]
    given = {name: value or "" for name, value in dotenv_values(stream=StringIO("".join(lines))).items()}
    sentences = []
    if given.get("OTP_BRAND") != brand:
        sentences.append("OTP_BRAND: such a file cannot hold this brand. Leave out #, quotes, $ and line breaks.")
    try:
        load_settings(given | {"OTP_ENV": "development"})
    except BadSettings as error:
        sentences += error.sentences
    if sentences:
        print_error(*sentences)
        raise typer.Exit(USAGE)
