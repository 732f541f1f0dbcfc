"""Settings of the GatewayAPI gateway."""

import pytest
from pydantic import ValidationError

from app.gateways import GATEWAYS
from app.gateways.gatewayapi import GatewayApi
from app.http_client.pool import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN, make_gateway_client

SIGNED = {"api_token": SECRET, "sender": "Acme", "webhook_secret": f"{SECRET:->32}"}


@pytest.mark.parametrize(
    ("changes", "expected"),
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
def test_invalid_settings_are_rejected_with_a_message(changes, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        GatewayApi.Settings(**{**SIGNED, **changes})

    assert not [hidden for hidden in (SECRET, "guessable") if hidden in str(refused.value)]


def test_the_registry_builds_the_gateway_from_text_settings():
    gateway, _ = GATEWAYS["gatewayapi"](SIGNED, make_gateway_client())

    assert (gateway.name, gateway.acknowledgement) == ("vendor", b"OK")


@pytest.mark.parametrize(("length", "is_enough"), [(31, False), (32, True)])
def test_a_webhook_secret_has_at_least_32_characters(length, is_enough):
    given = {**SIGNED, "webhook_secret": "x" * length}

    if is_enough:
        GatewayApi.Settings(**given)
        return
    with pytest.raises(ValidationError, match="at least 32"):
        GatewayApi.Settings(**given)


async def test_an_account_with_a_webhook_sends_no_callback_url():
    """Reports to that address would not be signed, and so be rejected."""
    http_pool = HttpClientPool()
    async with Vendor(Answer(200, json={"ids": [1]})) as vendor:
        settings = GatewayApi.Settings(**SIGNED, url=vendor.url, report_token=TOKEN)
        await GatewayApi(settings, make_gateway_client(http_pool)).send(MESSAGE)
        await http_pool.close()

    assert "callback_url" not in vendor.requests[0].json()
