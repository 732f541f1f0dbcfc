import pytest
from pydantic import ValidationError

from app.gateways import GATEWAYS
from app.gateways.plivo import Plivo
from tests.support.gateway_contract import SECRET, make_wire

ACCOUNT = {"auth_id": "MAXXXXXXXXXXXXXXXXXX", "auth_token": SECRET, "sender": "Acme"}


@pytest.mark.parametrize(
    ("changes", "said"),
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
def test_settings_that_cannot_work_are_refused_with_a_sentence(changes, said):
    with pytest.raises(ValidationError, match=said) as refused:
        Plivo.Settings(**{**ACCOUNT, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


def test_the_list_builds_it_from_what_an_operator_wrote():
    gateway, _ = GATEWAYS["plivo"](ACCOUNT, make_wire())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")
