"""MessageBird's request signature, against the vendor's cases."""

import hashlib
import json
from base64 import urlsafe_b64encode
from pathlib import Path

import jwt
import pytest

from app.gateways.messagebird import is_signed

# The vendor's cases; those that differ only in the method, which is not signed, are listed once.
CASES = json.loads((Path(__file__).parents[1] / "recorded" / "messagebird" / "signed.json").read_text())
KEY = "36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb"
AT = 1625479200.0  # 2021-07-05T12:00:00+02:00
URL = "https://example.com/?a=1"
CLAIMS = {
    "iss": "MessageBird",
    "nbf": int(AT),
    "exp": int(AT) + 60,
    "url_hash": hashlib.sha256(URL.encode()).hexdigest(),
}


def is_accepted(claims, *, body=b"", now=AT, key=KEY, algorithm="HS256"):
    return is_signed(jwt.encode(claims, key, algorithm), url=URL, body=body, key=KEY, now=now)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "_"))
def test_the_vendors_cases_have_their_documented_results(case):
    assert is_signed(case["token"], url=case["url"], body=case["payload"].encode(), key=KEY, now=AT) is case["valid"]


@pytest.mark.parametrize("now", [AT - 1, AT, AT + 60.9])
def test_a_token_is_valid_for_a_minute_with_a_second_of_clock_skew(now):
    assert is_accepted(CLAIMS, now=now)


@pytest.mark.parametrize("now", [AT - 1.1, AT + 61, AT + 86400, 0.0])
def test_an_expired_or_future_token_is_rejected(now):
    assert not is_accepted(CLAIMS, now=now)


@pytest.mark.parametrize("missing", CLAIMS)
def test_a_token_without_a_required_claim_is_rejected(missing):
    assert not is_accepted({name: value for name, value in CLAIMS.items() if name != missing})


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "Someone"},
        {"nbf": str(int(AT))},
        {"exp": None},
        {"exp": "soon"},
        {"exp": [AT]},
        {"url_hash": None},
        {"url_hash": 17},
        {"url_hash": ["x"]},
        {"url_hash": ""},
        {"url_hash": CLAIMS["url_hash"].upper()},
        {"url_hash": "ключ"},
        {"payload_hash": hashlib.sha256(b"").hexdigest()},
    ],
    ids=str,
)
def test_a_token_with_an_invalid_claim_is_rejected(changed):
    """Even a token with the right key must not cause an exception."""
    assert not is_accepted(CLAIMS | changed)


@pytest.mark.parametrize("payload_hash", [None, "", 17, hashlib.sha256(b"other").hexdigest()])
def test_a_body_needs_a_matching_payload_hash(payload_hash):
    assert not is_accepted(CLAIMS | {"payload_hash": payload_hash}, body=b"body")
    assert is_accepted(CLAIMS | {"payload_hash": hashlib.sha256(b"body").hexdigest()}, body=b"body")


def test_a_token_of_another_key_is_rejected():
    assert not is_accepted(CLAIMS, key=KEY[::-1])


def test_a_token_cannot_choose_a_public_key_algorithm():
    """A shared key must never be used as a public key."""
    header = urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")
    _, claims, signature = jwt.encode(CLAIMS, KEY, "HS256").split(".")

    assert not is_signed(f"{header}.{claims}.{signature}", url=URL, body=b"", key=KEY, now=AT)


@pytest.mark.parametrize(
    "token",
    ["", " ", ".", "..", "a.b.c", "ключ.é.ä", "\udcff", "\x00", urlsafe_b64encode(b"[" * 40_000).decode() + ".e30.AA"],
    ids=lambda token: repr(token[:8]),
)
def test_a_malformed_token_is_rejected(token):
    assert not is_signed(token, url=URL, body=b"", key=KEY, now=AT)
