"""`otp keys`: keys for the API."""

import secrets
from typing import Annotated

import typer

from app.cli.output import show_facts
from app.cli.run import print_hint
from app.domain.api_key import digest_key, key_id

app = typer.Typer(no_args_is_help=True)
_RANDOM_BYTES = 32
_FOR_BACKENDS = """
Put the digest into the list `secret_keys` of its app in OTP_APPS, in quotes,
beside those that are there. To replace another: start all with both, move your
callers to this one, then take the other out."""
_FOR_BROWSERS = """
Put the digest into `publishable_keys` of its app in OTP_APPS, in quotes, beside
those that are there, with the purposes that it may be used for:
{"<digest>": ["login"]}. It is public by nature: list the pages that use it
as `origins` of the app, and hold what it spends by `sends_per_app` or a human
check."""


@app.callback()
def keys() -> None:
    """Keys for the API: new."""
    # Typer would make a lone command the group itself.


@app.command(epilog="Example: otp keys new --publishable")
def new(
    publishable: Annotated[bool, typer.Option("--publishable", help="For browsers and apps: asks and checks.")] = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Draw a key, and print it with its digest; it is kept nowhere.

    The key goes to the caller, the digest into OTP_APPS, the id is what logs call it.
    """
    key = generate_key("pk" if publishable else "sk")
    digest = digest_key(key)
    print_hint("The key, shown only now; what logs call it; and its digest:\n")
    show_facts({"key": key, "id": key_id(digest), "digest": digest})
    print_hint(_FOR_BROWSERS if publishable else _FOR_BACKENDS)


def generate_key(kind: str) -> str:
    """Draw a key of 256 random bits, `sk` for a backend or `pk` for a browser."""
    return f"{kind}_{secrets.token_urlsafe(_RANDOM_BYTES)}"
