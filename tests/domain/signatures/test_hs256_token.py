"""JSON Web Tokens that sign a report: the algorithm, the times and the audience."""

import hmac
import json
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt import encode

from app.domain.signatures.hs256_token import read_claims

SECRET = "0ur-0wn-s3cret-of-32-characters!"
URL = "https://otp.example.com/v1/reports/vendor"
NOW = 1_790_000_000.0
CLAIMS = {"iat": int(NOW), "exp": int(NOW) + 600, "nbf": int(NOW) - 600, "aud": URL, "sub": "user-1"}


def is_valid(token, *, secret=SECRET, audience=URL, now=NOW):
    return read_claims(token, secret, audience=audience, now=now) is not None


def signed(*, without=(), header=None, **claims):
    kept = {name: value for name, value in (CLAIMS | claims).items() if name not in without}
    return encode(kept, SECRET, algorithm="HS256", headers=header)


def part(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def test_the_claims_of_a_valid_token_are_returned():
    assert read_claims(signed(), SECRET, audience=URL, now=NOW)["sub"] == "user-1"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS384", "HS512", "hs256", "", None, 5])
def test_the_algorithm_is_not_the_choice_of_the_token(algorithm):
    """Also where the signature would be right for HS256, or empty."""
    head, claims = part({"alg": algorithm, "typ": "JWT"}), part(CLAIMS)
    signature = part(hmac.digest(SECRET.encode(), f"{head}.{claims}".encode(), "sha256"))

    assert not is_valid(f"{head}.{claims}.{signature}")
    assert not is_valid(f"{head}.{claims}.")
    assert not is_valid(f"{head}.{claims}")


def test_a_token_that_is_signed_by_rsa_is_rejected():
    key = generate_private_key(public_exponent=65537, key_size=2048)

    assert not is_valid(encode(CLAIMS, key, algorithm="RS256"))


def test_a_token_with_a_critical_extension_is_rejected():
    """RFC 7515 §4.1.11: what is critical and not understood."""
    assert not is_valid(signed(header={"crit": ["exp"], "exp": 1}))


@pytest.mark.parametrize(
    "token",
    [
        "",
        " ",
        ".",
        "..",
        "a.b.c",
        "\udcff",
        "ä.ö.ü",
        "." * 5000,
        "a" * 100_000,
        f"{part(b'[')}.{part(b'[')}.x",
        f"{part(b'[' * 50_000)}..x",
    ],
    ids=lambda token: ascii(token[:20]),
)
def test_what_is_no_token_is_rejected(token):
    assert not is_valid(token)


@pytest.mark.parametrize("claims", [b"null", b"[]", b'"x"', b"{", b"\xff", b"[" * 100_000])
def test_claims_that_are_no_object_are_rejected(claims):
    head = part({"alg": "HS256"})
    signature = part(hmac.digest(SECRET.encode(), f"{head}.{part(claims)}".encode(), "sha256"))

    assert not is_valid(f"{head}.{part(claims)}.{signature}")


def test_another_secret_or_a_changed_token_is_rejected():
    token = signed()

    assert not is_valid(token, secret=SECRET.upper())
    assert not is_valid(token[:-4])
    assert not is_valid(token + "A")
    assert not is_valid(f" {token}")
    assert not is_valid(token.replace(".", "..", 1))


@pytest.mark.parametrize(
    ("claims", "now", "is_current"),
    [
        ({}, NOW + 300, True),
        ({}, NOW + 301, False),
        ({}, NOW - 300, True),
        ({}, NOW - 301, False),
        ({"exp": NOW + 100}, NOW + 159, True),
        ({"exp": NOW + 100}, NOW + 160, False),
        ({"nbf": NOW}, NOW - 60, True),
        ({"nbf": NOW}, NOW - 61, False),
        ({"without": ["exp", "nbf"]}, NOW, True),
        ({"without": ["iat", "nbf"]}, NOW + 659, True),
        ({"without": ["iat", "nbf"]}, NOW + 660, False),
        ({"without": ["iat", "exp"]}, NOW, False),
        ({"without": ["iat", "exp", "nbf"]}, NOW, False),
        ({"exp": "soon"}, NOW, False),
        ({"exp": None}, NOW, False),
        ({"iat": str(int(NOW))}, NOW, False),
        ({"iat": True}, NOW, False),
        ({"nbf": [NOW]}, NOW, False),
        ({"exp": float("nan")}, NOW, False),
    ],
)
def test_a_token_is_valid_at_the_times_that_it_names(claims, now, is_current):
    assert is_valid(signed(**claims), now=now) is is_current


@pytest.mark.parametrize(
    ("audience", "is_right"),
    [(URL, True), ([URL, "other"], True), (f"{URL}/", False), ([], False), ("", False), (None, False), (5, False)],
)
def test_a_token_for_another_audience_is_rejected(audience, is_right):
    """The same key may sign the calls of another webhook."""
    head, claims = part({"alg": "HS256"}), part(CLAIMS | {"aud": audience})
    signature = part(hmac.digest(SECRET.encode(), f"{head}.{claims}".encode(), "sha256"))

    assert is_valid(f"{head}.{claims}.{signature}") is is_right
    assert is_valid(signed(without=["aud"]))
