"""GatewayAPI's webhook signature."""

import json
from base64 import urlsafe_b64encode

import jwt
import pytest

from app.gateways.gatewayapi import signed_payload

# The vendor's own example: its documentation on REST, "Authentication token".
SECRET = "secret"
HEADER = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"
PAYLOAD = (
    "eyJpZCI6MjM4MTcwMywibXNpc2RuIjo0NTQyNjA5MDQ1LCJ0aW1lIjoxNTIyNzY0MDYyLCJzdGF0dXMiOiJERUxJVkVSRUQiLCJlcnJvciI6"
    "bnVsbCwiY29kZSI6bnVsbCwidXNlcnJlZiI6bnVsbCwiY2FsbGJhY2tfdXJsIjoiaHR0cDovL2JiYWY3MTQyLm5ncm9rLmlvIiwiYXBpIjo0fQ"
)
SIGNATURE = "KdfDH65bnQtgxEkFnpAQodOciAJedZFB13r9wEo8t3Y"
TOKEN = f"{HEADER}.{PAYLOAD}.{SIGNATURE}"
LONG = "a-secret-of-thirty-two-letters--"

# The secret in the vendor's example is shorter than HS256 requires; the settings reject such a secret.
pytestmark = pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")


def headed(header):
    """Replace the header of the vendor's token."""
    return f"{urlsafe_b64encode(header).rstrip(b'=').decode()}.{PAYLOAD}.{SIGNATURE}"


def test_the_vendors_example_is_accepted():
    payload = json.loads(signed_payload(TOKEN, secret=SECRET))

    assert (payload["id"], payload["msisdn"], payload["status"]) == (2381703, 4542609045, "DELIVERED")


def test_the_payload_is_returned_unparsed():
    """The report reader parses the payload; it may not be JSON."""
    token = jwt.api_jws.PyJWS().encode(b"\xff[", LONG, algorithm="HS256")

    assert signed_payload(token, secret=LONG) == b"\xff["


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_rejected_with_the_right_secret(algorithm):
    assert signed_payload(jwt.encode({}, LONG * 2, algorithm=algorithm), secret=LONG * 2) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "\udcff",
        "é",
        TOKEN[:-1],
        f"{TOKEN}A",
        f"{TOKEN} ",
        f"{HEADER}.{PAYLOAD}.",
        f"{HEADER}.{PAYLOAD}",
        f"{HEADER}..{SIGNATURE}",
        f"{HEADER}.{PAYLOAD[:-4]}.{SIGNATURE}",
        f"Bearer {TOKEN}",
        headed(b'{"type":"JWT","alg":"none"}'),
        headed(b'{"typ":"JWT","alg":"NONE"}'),
        headed(b'{"alg":null}'),
        headed(b'{"alg":["HS256"]}'),
        headed(b'{"alg":"HS256","crit":["b64"],"b64":false}'),
        headed(b'{"alg":"HS256","kid":1}'),
        headed(b"[" * 5000),
        headed(b"\xff"),
    ],
    ids=lambda token: ascii(token)[:50],
)
def test_an_invalid_signature_is_rejected(token):
    assert signed_payload(token, secret=SECRET) is None


def test_a_token_of_another_secret_is_rejected():
    assert signed_payload(TOKEN, secret="wrong") is None
