"""Twilio status callbacks: the callback URL, a form, and a signature over both."""

import hmac
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, quote

from app.domain.message import Callback
from tests.support.fake_vendor import Request
from tests.support.gateway_contract import REPORT_URL, SECRET
from tests.support.report_contract import callback

# Written after the vendor's public samples, not taken from a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "twilio"
ACCOUNT = "AC0123456789abcdefABCDEF0123456789"
SETTINGS = {"account_sid": ACCOUNT, "auth_token": SECRET, "sender": "Acme"}


def recorded(name: str) -> bytes:
    """Return a recorded body."""
    return (RECORDED / name).read_bytes()


def form_of(request: Request) -> dict[str, str]:
    """Return the form of a request."""
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def signed(call: Callback, *, secret: str = SECRET) -> Callback:
    """Sign as Twilio does: the URL, followed by each name and value of the form."""
    fields = parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True)
    text = call.url + "".join(name + value for name, value in sorted(set(fields)))
    signature = b64encode(hmac.digest(secret.encode(), text.encode("utf-8", "surrogatepass"), "sha1"))
    return replace(call, headers={"x-twilio-signature": signature.decode()})


def status_callback(body: bytes, *, message: str = "") -> Callback:
    """Build a status callback to the URL that the gateway passed."""
    query = f"message={quote(message, safe='')}" if message else ""
    return callback(body, url=f"{REPORT_URL}?{query}".rstrip("?"), query=dict(parse_qsl(query)))
