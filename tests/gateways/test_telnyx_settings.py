"""Settings of the Telnyx gateway."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from app.gateways import GATEWAYS
from app.gateways.telnyx import Telnyx
from tests.support.gateway_contract import SECRET, make_gateway_client

PUBLIC_KEY = b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()).decode()
ACCOUNT = {"api_key": SECRET, "public_key": PUBLIC_KEY, "sender": "+18445550001"}


def test_a_short_code_needs_no_messaging_profile():
    assert Telnyx.Settings(**ACCOUNT | {"sender": "12345"}).sender == "12345"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"api_key": ""}, "It is empty"),
        ({"api_key": f"{SECRET}\n"}, "without spaces"),
        ({"public_key": ""}, "the account's public key"),
        ({"public_key": "é"}, "the account's public key"),
        ({"public_key": SECRET}, "the account's public key"),
        ({"public_key": PUBLIC_KEY[:-1]}, "the account's public key"),
        ({"public_key": f"{PUBLIC_KEY}\n"}, "the account's public key"),
        ({"public_key": PUBLIC_KEY * 2}, "the account's public key"),
        ({"sender": None}, "MESSAGING_PROFILE_ID"),
        ({"sender": "Acme"}, "MESSAGING_PROFILE_ID"),
        ({"messaging_profile_id": "a/b"}, "the profile's id"),
        ({"url": "http://api.example.test"}, "https://"),
        ({"report_token": "guessable"}, "22"),
        ({"senderr": "Acme"}, "senderr"),
    ],
)
def test_invalid_settings_are_rejected_with_a_message(changes, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        Telnyx.Settings(**{**ACCOUNT, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, _ = GATEWAYS["telnyx"](ACCOUNT, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")
