"""`otp keys`: generate API keys, and the tokens of the Twilio facade."""

import re
import secrets
from typing import Annotated

import typer

from app.cli.output import show_facts
from app.cli.run import USAGE, print_error, print_hint

app = typer.Typer(no_args_is_help=True)
_RANDOM_BYTES = 32
_TOKEN_BYTES = 16  # Twilio's SDK for Go refuses tokens with other characters than letters and digits
_BACKEND_HINT = """
Put the digest into the list `secret_keys` of its app in OTP_APPS, in quotes,
beside the existing ones. To replace a key: restart all with both, move your
clients to the new one, then remove the old one."""
_BROWSER_HINT = """
Put the digest into `publishable_keys` of its app in OTP_APPS, in quotes, beside
the existing ones, with the purposes that it may be used for:
{"<digest>": ["login"]}. It is public: list the pages that use it as
`origins` of the app, and limit what it spends by `sends_per_app`: production
requires it."""
_TWILIO_HINT = """
Put the digest into `twilio_tokens` of its app in OTP_APPS, in quotes, beside
the existing ones, with the purposes that it may be used for:
{"<digest>": ["login"]}. Each purpose is a Verify service. The user name of a
client is the account_sid, or the api_key_sid, and its password the token."""


@app.callback()
def keys() -> None:
    """Generate API keys: new."""
    # Typer would make a lone command the group itself.


@app.command(epilog="Example: otp keys new --publishable")
def new(
    publishable: Annotated[bool, typer.Option("--publishable", help="For browsers and mobile apps.")] = False,  # noqa: FBT002  a flag of the command line
    twilio: Annotated[str, typer.Option(metavar="APP", help="For clients of Twilio Verify, of this app.")] = "",
    purpose: Annotated[
        list[str] | None, typer.Option(help="With --twilio: a purpose, login by default; repeatable.")
    ] = None,
) -> None:
    """Generate a key, and print it with its digest; it is not stored.

    The key goes to the client, the digest into OTP_APPS; logs show the id.
    """
    from app.domain.api_key import digest_key, key_id

    if (publishable and twilio) or (purpose and not twilio):
        print_error("Use --publishable and --twilio for two keys, and --purpose with --twilio.")
        raise typer.Exit(USAGE)
    if twilio:
        _new_twilio_token(twilio, purpose or ["login"])
        return
    key = generate_key("pk" if publishable else "sk")
    digest = digest_key(key)
    print_hint("The key, shown only now; its id in logs; and its digest:\n")
    show_facts({"key": key, "id": key_id(digest), "digest": digest})
    print_hint(_BROWSER_HINT if publishable else _BACKEND_HINT)


def _new_twilio_token(app: str, purposes: list[str]) -> None:
    """Generate a token, and print it with the identifiers that the app has at the service of these settings."""
    from app.cli.service_settings import service_settings_or_exit
    from app.domain.api_key import digest_key, key_id
    from app.domain.verification import PURPOSE
    from app.main import account_facts
    from app.settings.templates import listed_apps

    settings = service_settings_or_exit()
    if app not in listed_apps(settings):
        print_error(f"OTP_APPS has no app {app!r}. Add it there first, like {{{app!r}: {{}}}}.")
        raise typer.Exit(USAGE)
    if wrong := [purpose for purpose in purposes if not re.fullmatch(PURPOSE, purpose)]:
        print_error(f"{wrong[0]!r} is no purpose: 1 to 32 lower-case letters, digits or _, a letter first.")
        raise typer.Exit(USAGE)
    token = secrets.token_hex(_TOKEN_BYTES)
    digest = digest_key(token)
    print_hint("The token, shown only now; its id in logs; and its digest:\n")
    facts = account_facts(settings, app, purposes, digest)
    show_facts({**facts, "auth_token": token, "id": key_id(digest), "digest": digest})
    print_hint(_TWILIO_HINT)


def generate_key(kind: str) -> str:
    """Generate a key of 256 random bits, `sk` for a backend or `pk` for a browser."""
    return f"{kind}_{secrets.token_urlsafe(_RANDOM_BYTES)}"
