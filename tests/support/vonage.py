"""Vonage delivery receipts: the same signed fields as a form, as JSON or in a query."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from hypothesis import strategies as st

from app.domain.message import Callback
from app.gateways.vonage import Vonage
from tests.support.fake_vendor import Request
from tests.support.gateway_contract import MESSAGE, REPORT_URL, SECRET
from tests.support.report_contract import ANY_JSON, NOW, callback

# Written after the vendor's public samples, not taken from a live account.
RECORDED = Path(__file__).parent.parent / "recorded" / "vonage"
SETTINGS = {"api_key": "abcd1234", "api_secret": "s3cret-of-the-key", "signature_secret": SECRET, "sender": "Acme"}


def recorded(name: str) -> bytes:
    """Return a recorded body."""
    return (RECORDED / name).read_bytes()


def form_of(request: Request) -> dict[str, str]:
    """Return the form of a request."""
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def event(status: str, *, id: str = "v-1", reference: str = MESSAGE.id) -> dict[str, object]:
    """Build an unsigned receipt of one message."""
    fields = {"msisdn": MESSAGE.to.digits, "to": "Acme", "network-code": "20408", "messageId": id, "price": "0.0333"}
    return {**fields, "status": status, "scts": "2611221200", "err-code": "0", "client-ref": reference}


def sign(fields: dict[str, object], *, secret: str = SECRET, at: float = NOW) -> dict[str, object]:
    """Sign fields as Vonage does, with SHA-256."""
    signed_fields = {**fields, "timestamp": str(int(at)), "nonce": "ec11dd3e-1e7f-4db5-9467-82b02cd223b9"}
    texts = {name: str(value) for name, value in signed_fields.items() if isinstance(value, str | int)}
    text = "".join(f"&{name}={texts[name].replace('&', '_').replace('=', '_')}" for name in sorted(texts))
    return {**signed_fields, "sig": hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()}


class SignedFields:
    """The hooks of the contract for signed reports, for fields in any encoding."""

    max_age = 300
    signature_headers = ()  # the signature is a field

    def build(self, url, client):
        return Vonage(Vonage.Settings(**SETTINGS, url=url), client)

    def event(self, status, *, id="v-1", reference=MESSAGE.id):
        return event(status, id=id, reference=reference)

    def encode_fields(self, fields: dict[str, object]) -> Callback:
        """Encode fields into a callback."""
        raise NotImplementedError

    def decode_fields(self, call: Callback) -> object:
        """Decode the fields of a callback."""
        raise NotImplementedError

    def report_call(self, *events):
        return self.encode_fields(events[0])

    def sign(self, call, *, secret=SECRET, at=NOW):
        fields = self.decode_fields(call)
        is_event = isinstance(fields, dict) and "messageId" in fields
        return self.encode_fields(sign(fields, secret=secret, at=at)) if is_event else call

    def tampered(self, call) -> Iterator[tuple[str, Callback]]:
        fields = self.decode_fields(call)
        for name, value in fields.items():
            yield f"another {name}", self.encode_fields({**fields, name: f"{value}1"})
            yield f"no {name}", self.encode_fields({other: fields[other] for other in fields if other != name})
        yield "one more field", self.encode_fields({**fields, "more": ""})
        for sig in ("", " ", "0", "ä", fields["sig"][:-1], f"{fields['sig']} ", fields["sig"][:-1] + "é"):
            yield f"sig {sig[-2:]!r}", self.encode_fields({**fields, "sig": sig})


class ByForm(SignedFields):
    """POST, as a form."""

    values = st.text()

    def encode_fields(self, fields):
        return callback(urlencode(fields).encode())

    def decode_fields(self, call):
        return dict(parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True))

    def tampered(self, call):
        yield from super().tampered(call)
        yield "something behind the body", replace(call, body=call.body + b" ")
        yield "a second of a field", replace(call, body=call.body + b"&status=failed")


class ByJson(SignedFields):
    """POST, as JSON."""

    values = ANY_JSON

    def encode_fields(self, fields):
        return callback(json.dumps(fields).encode())

    def decode_fields(self, call):
        try:
            return json.loads(call.body)
        except (ValueError, RecursionError):
            return None


class ByQuery(SignedFields):
    """GET, in the query."""

    values = st.text()

    def encode_fields(self, fields):
        return callback(method="GET", query=fields, url=f"{REPORT_URL}?{urlencode(fields)}")

    def decode_fields(self, call):
        return call.query
