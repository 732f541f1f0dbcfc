import hashlib
import json
from base64 import urlsafe_b64encode
from pathlib import Path

import jwt
import pytest

from app.gateways.messagebird import is_signed

# The vendor's own cases, once for those that differ in the method alone, which is not signed.
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


def taken(claims, *, body=b"", now=AT, key=KEY, algorithm="HS256"):
    return is_signed(jwt.encode(claims, key, algorithm), url=URL, body=body, key=KEY, now=now)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "_"))
def test_the_vendors_cases_come_out_as_it_says(case):
    assert is_signed(case["token"], url=case["url"], body=case["payload"].encode(), key=KEY, now=AT) is case["valid"]


@pytest.mark.parametrize("now", [AT - 1, AT, AT + 60.9])
def test_a_token_lives_for_a_minute_and_two_clocks_may_differ_by_a_second(now):
    assert taken(CLAIMS, now=now)


@pytest.mark.parametrize("now", [AT - 1.1, AT + 61, AT + 86400, 0.0])
def test_outside_of_its_minute_a_token_is_refused(now):
    assert not taken(CLAIMS, now=now)


@pytest.mark.parametrize("missing", CLAIMS)
def test_a_token_without_one_of_its_claims_is_refused(missing):
    assert not taken({name: value for name, value in CLAIMS.items() if name != missing})


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
def test_a_claim_that_is_not_what_it_should_be_is_refused(changed):
    """Even from somebody who holds the key: nothing may break on it."""
    assert not taken(CLAIMS | changed)


@pytest.mark.parametrize("payload_hash", [None, "", 17, hashlib.sha256(b"other").hexdigest()])
def test_a_body_needs_its_own_hash(payload_hash):
    assert not taken(CLAIMS | {"payload_hash": payload_hash}, body=b"body")
    assert taken(CLAIMS | {"payload_hash": hashlib.sha256(b"body").hexdigest()}, body=b"body")


def test_a_key_of_somebody_else_is_refused():
    assert not taken(CLAIMS, key=KEY[::-1])


def test_the_token_cannot_choose_another_kind_of_key():
    """A shared key must never be read as a public one."""
    header = urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")
    _, claims, signature = jwt.encode(CLAIMS, KEY, "HS256").split(".")

    assert not is_signed(f"{header}.{claims}.{signature}", url=URL, body=b"", key=KEY, now=AT)


@pytest.mark.parametrize(
    "token",
    ["", " ", ".", "..", "a.b.c", "ключ.é.ä", "\udcff", "\x00", urlsafe_b64encode(b"[" * 40_000).decode() + ".e30.AA"],
    ids=lambda token: repr(token[:8]),
)
def test_what_is_no_token_is_refused(token):
    assert not is_signed(token, url=URL, body=b"", key=KEY, now=AT)
