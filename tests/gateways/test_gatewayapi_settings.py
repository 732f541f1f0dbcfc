import pytest
from pydantic import ValidationError

from app.gateways import GATEWAYS
from app.gateways.gatewayapi import GatewayApi
from app.http_client import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN, make_wire

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


@pytest.mark.parametrize(("length", "is_enough"), [(31, False), (32, True)])
def test_a_webhook_has_as_long_a_secret_as_its_hash(length, is_enough):
    given = {**SIGNED, "webhook_secret": "x" * length}

    if is_enough:
        GatewayApi.Settings(**given)
        return
    with pytest.raises(ValidationError, match="at least 32"):
        GatewayApi.Settings(**given)


async def test_with_a_webhook_no_address_goes_along_though_it_has_a_secret_part():
    """Reports to that address would be signed by nobody, and so be refused."""
    http_pool = HttpClientPool()
    async with Vendor(Answer(200, json={"ids": [1]})) as vendor:
        settings = GatewayApi.Settings(**SIGNED, url=vendor.url, report_token=TOKEN)
        await GatewayApi(settings, make_wire(http_pool)).send(MESSAGE)
        await http_pool.close()

    assert "callback_url" not in vendor.requests[0].json()
