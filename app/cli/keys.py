"""`otp keys`: generate API keys."""

import secrets
from typing import Annotated

import typer

from app.cli.output import show_facts
from app.cli.run import print_hint

app = typer.Typer(no_args_is_help=True)
_RANDOM_BYTES = 32
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


@app.callback()
def keys() -> None:
    """Generate API keys: new."""
    # Typer would make a lone command the group itself.


@app.command(epilog="Example: otp keys new --publishable")
def new(
    publishable: Annotated[bool, typer.Option("--publishable", help="For browsers and mobile apps.")] = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Generate a key, and print it with its digest; it is not stored.

    The key goes to the client, the digest into OTP_APPS; logs show the id.
    """
    from app.domain.api_key import digest_key, key_id

    key = generate_key("pk" if publishable else "sk")
    digest = digest_key(key)
    print_hint("The key, shown only now; its id in logs; and its digest:\n")
    show_facts({"key": key, "id": key_id(digest), "digest": digest})
    print_hint(_BROWSER_HINT if publishable else _BACKEND_HINT)


def generate_key(kind: str) -> str:
    """Generate a key of 256 random bits, `sk` for a backend or `pk` for a browser."""
    return f"{kind}_{secrets.token_urlsafe(_RANDOM_BYTES)}"
