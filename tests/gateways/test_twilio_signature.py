"""Twilio's webhook signature, against published vectors."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pytest

from app.gateways.twilio import is_signed

TOKEN = "12345"
OTHER = "54321"


@dataclass(frozen=True)
class Call:
    """A call that Twilio signed with the token 12345."""

    signature: str
    url: str
    body: bytes


# Test vectors of Twilio's Python library (twilio-python, tests/unit/test_request_validator.py).
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
PUBLISHED = Call("RSOYDt4T1cUTdK1PDd93/VVr8B8=", URL, urlencode(FIELDS).encode())
VECTORS = {
    "as it is called": PUBLISHED,
    "signed with the port": replace(PUBLISHED, signature="kvajT1Ptam85bY51eRf/AJRuM3w="),
    "signed with the port of http": replace(
        PUBLISHED, signature="0ZXoZLH/DfblKGATFgpif+LLRf4=", url=URL.replace("https", "http")
    ),
    "called with a port, signed without": replace(PUBLISHED, url=URL.replace(".com", ".com:1234")),
    "called and signed with a port": replace(
        PUBLISHED,
        signature="Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
        url=URL.replace("https", "http").replace(".com", ".com:1234"),
    ),
    "a name with two values": Call(
        "IK+Dwps556ElfBT0I3Rgjkr1wJU=", URL, b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234"
    ),
    "a repeated pair": Call(
        "IK+Dwps556ElfBT0I3Rgjkr1wJU=", URL, b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234"
    ),
}


def is_valid(call: Call, *tokens: str) -> bool:
    return is_signed(call.signature, url=call.url, body=call.body, tokens=tokens or [TOKEN])


@pytest.mark.parametrize("call", VECTORS.values(), ids=VECTORS)
def test_published_signatures_are_accepted(call):
    assert is_valid(call)


def test_every_auth_token_is_tried():
    assert is_valid(PUBLISHED, OTHER, TOKEN)
    assert is_valid(PUBLISHED, TOKEN, OTHER)
    assert not is_valid(PUBLISHED, OTHER)
    assert not is_signed(PUBLISHED.signature, url=URL, body=PUBLISHED.body, tokens=[])


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://mycompany.com/myapp.php?foo=1&bar=2"},
        {"url": "https://mycompany.com.example/myapp.php?foo=1&bar=2"},
        {"url": "https://mycompany.com/myapp.php?foo=1&bar=2&bar=2"},
        {"url": "https://mycompany.com/myapp.php"},
        {"url": ""},
        {"url": "mycompany.com"},
        {"url": "https://mycompany.com/\udcff"},
        {"body": b""},
        {"body": PUBLISHED.body + b"&Digits=1235"},
        {"body": PUBLISHED.body + b"&Empty="},
        {"body": PUBLISHED.body.replace(b"1234", b"1235")},
        {"body": PUBLISHED.body + b"\xff"},
        {"body": PUBLISHED.body + b"&Digits=1234" * 100},
        {"signature": ""},
        {"signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8"},
        {"signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=\n"},
        {"signature": "rsoyDt4T1cUTdK1PDd93/VVr8B8="},
        {"signature": "ключ"},
        {"signature": "\udcff"},
    ],
    ids=lambda changed: ascii(changed)[:60],
)
def test_a_changed_call_is_rejected(changed):
    assert not is_valid(replace(PUBLISHED, **changed))


def test_the_signature_covers_empty_fields():
    """Otherwise every call with an empty field would be rejected. The signature was computed independently."""
    call = replace(PUBLISHED, body=PUBLISHED.body + b"&Empty=", signature="qEVrSTEb4/wxgZLqQMJQ4hNb98M=")

    assert is_valid(call)
