"""Settings of the Plivo gateway."""

import pytest
from pydantic import ValidationError

from app.gateways import GATEWAYS
from app.gateways.plivo import Plivo
from tests.support.gateway_contract import SECRET, make_gateway_client

ACCOUNT = {"auth_id": "MAXXXXXXXXXXXXXXXXXX", "auth_token": SECRET, "sender": "Acme"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"auth_id": "MA/../x"}, "the auth id"),
        ({"auth_id": ""}, "the auth id"),
        ({"auth_token": ""}, "It is empty"),
        ({"auth_token": f"{SECRET}\n"}, "without spaces"),
        ({"sender": "Acme!"}, "at most 11 letters"),
        ({"url": "http://api.example.test"}, "https://"),
        ({"report_token": "guessable"}, "22"),
    ],
)
def test_invalid_settings_are_rejected_with_a_message(changes, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        Plivo.Settings(**{**ACCOUNT, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, _ = GATEWAYS["plivo"](ACCOUNT, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")
