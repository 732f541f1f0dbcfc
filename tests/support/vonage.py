"""How Vonage tells of its messages: the same signed fields as a form, as JSON or in a query."""

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
    """Give what was recorded."""
    return (RECORDED / name).read_bytes()


def form_of(request: Request) -> dict[str, str]:
    """Read the form that it was sent."""
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def event(word: str, *, id: str = "v-1", reference: str = MESSAGE.id) -> dict[str, object]:
    """Tell of one message, unsigned."""
    told = {"msisdn": MESSAGE.to.digits, "to": "Acme", "network-code": "20408", "messageId": id, "price": "0.0333"}
    return {**told, "status": word, "scts": "2611221200", "err-code": "0", "client-ref": reference}


def sign(fields: dict[str, object], *, secret: str = SECRET, at: float = NOW) -> dict[str, object]:
    """Sign fields as Vonage does, by SHA-256."""
    signed = {**fields, "timestamp": str(int(at)), "nonce": "ec11dd3e-1e7f-4db5-9467-82b02cd223b9"}
    texts = {name: str(value) for name, value in signed.items() if isinstance(value, str | int)}
    text = "".join(f"&{name}={texts[name].replace('&', '_').replace('=', '_')}" for name in sorted(texts))
    return {**signed, "sig": hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()}


class Fields:
    """What the contract of signed reports asks for, for fields wherever they stand."""

    good_for = 300

    def build(self, url, redis_proxy):
        return Vonage(Vonage.Settings(**SETTINGS, url=url), redis_proxy)

    def event(self, word, *, id="v-1", reference=MESSAGE.id):
        return event(word, id=id, reference=reference)

    def write(self, fields: dict[str, object]) -> Callback:
        """Put fields where this kind of call has them."""
        raise NotImplementedError

    def found(self, call: Callback) -> object:
        """Find them there again."""
        raise NotImplementedError

    def told(self, *events):
        return self.write(events[0])

    def sign(self, call, *, secret=SECRET, at=NOW):
        fields = self.found(call)
        is_event = isinstance(fields, dict) and "messageId" in fields
        return self.write(sign(fields, secret=secret, at=at)) if is_event else call

    def tampered(self, call) -> Iterator[tuple[str, Callback]]:
        fields = self.found(call)
        for name, value in fields.items():
            yield f"another {name}", self.write({**fields, name: f"{value}1"})
            yield f"no {name}", self.write({other: fields[other] for other in fields if other != name})
        yield "one more field", self.write({**fields, "more": ""})
        for sig in ("", " ", "0", "ä", fields["sig"][:-1], f"{fields['sig']} ", fields["sig"][:-1] + "é"):
            yield f"sig {sig[-2:]!r}", self.write({**fields, "sig": sig})


class ByForm(Fields):
    """POST, as a form."""

    values = st.text()

    def write(self, fields):
        return callback(urlencode(fields).encode())

    def found(self, call):
        return dict(parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True))

    def tampered(self, call):
        yield from super().tampered(call)
        yield "something behind the body", replace(call, body=call.body + b" ")
        yield "a second of a field", replace(call, body=call.body + b"&status=failed")


class ByJson(Fields):
    """POST, as JSON."""

    values = ANY_JSON

    def write(self, fields):
        return callback(json.dumps(fields).encode())

    def found(self, call):
        try:
            return json.loads(call.body)
        except (ValueError, RecursionError):
            return None


class ByQuery(Fields):
    """GET, in the query."""

    values = st.text()

    def write(self, fields):
        return callback(method="GET", query=fields, url=f"{REPORT_URL}?{urlencode(fields)}")

    def found(self, call):
        return call.query
