import pytest
from pydantic import ValidationError

from app.gateways import GATEWAYS
from app.gateways.gatewayapi import GatewayApi
from tests.support.gateway_contract import SECRET, make_wire

SIGNED = {"api_token": SECRET, "sender": "Acme", "webhook_secret": f"{SECRET:->32}"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"api_token": ""}, "It is empty"),
        ({"api_token": f"{SECRET}\n"}, "without spaces"),
        ({"webhook_secret": "secret"}, "at least 32"),
        ({"webhook_secret": None}, "WEBHOOK_SECRET"),
        ({"message_class": "gold"}, "'standard', 'premium' or 'secret'"),
        ({"sender": "Acme!"}, "at most 11 letters"),
        ({"url": "http://api.example.test"}, "https://"),
        ({"report_token": "guessable"}, "22"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(changes, said):
    with pytest.raises(ValidationError, match=said) as refused:
        GatewayApi.Settings(**{**SIGNED, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


def test_the_list_builds_it_from_what_an_operator_wrote():
    gateway, _ = GATEWAYS["gatewayapi"](SIGNED, make_wire())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")
