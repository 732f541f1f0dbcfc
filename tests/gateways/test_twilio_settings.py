"""Settings of the Twilio gateway and their effect on a request."""

from base64 import b64decode
from dataclasses import replace

import pytest
from pydantic import ValidationError

from app.gateways import GATEWAYS
from app.gateways.twilio import Twilio
from app.http_client.pool import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, REPORT_URL, SECRET, TOKEN, make_gateway_client
from tests.support.twilio import ACCOUNT, SETTINGS, form_of, recorded

KEY = "SK0123456789abcdefABCDEF0123456789"
SERVICE = "MG0123456789abcdefABCDEF0123456789"
KEY_SECRET = "s3cret-of-the-key"


async def sent(message=MESSAGE, **settings):
    """Send one message with these settings, and return the request that Twilio received."""
    async with Vendor(Answer(201, body=recorded("sent.json"))) as vendor:
        http_pool = HttpClientPool()
        await Twilio(
            Twilio.Settings(**{**SETTINGS, "url": vendor.url, **settings}), make_gateway_client(http_pool)
        ).send(message)
        await http_pool.close()
        return vendor.requests[0]


async def test_an_api_key_replaces_the_auth_token():
    request = await sent(api_key=KEY, api_key_secret=KEY_SECRET)

    credentials = b64decode(request.headers["authorization"].removeprefix("Basic "))
    assert credentials.decode() == f"{KEY}:{KEY_SECRET}"
    assert f"/Accounts/{ACCOUNT}/" in request.path


async def test_a_messaging_service_needs_no_sender():
    form = form_of(await sent(messaging_service=SERVICE, sender=None))

    assert form["MessagingServiceSid"] == SERVICE
    assert "From" not in form


async def test_a_messaging_service_chooses_before_the_accounts_sender():
    """Twilio's service chooses only for a message without a sender."""
    form = form_of(await sent(messaging_service=SERVICE))

    assert form["MessagingServiceSid"] == SERVICE
    assert "From" not in form


async def test_the_sender_of_an_app_or_a_route_overrides_the_messaging_services_choice():
    form = form_of(await sent(replace(MESSAGE, sender="Bank"), messaging_service=SERVICE))

    assert (form["MessagingServiceSid"], form["From"]) == (SERVICE, "Bank")


async def test_redact_discards_the_text_and_obfuscates_the_number():
    form = form_of(await sent(redact=True))

    assert (form["ContentRetention"], form["AddressRetention"]) == ("discard", "obfuscate")


async def test_the_report_url_contains_the_report_token():
    form = form_of(await sent(report_token=TOKEN))

    assert form["StatusCallback"] == f"{REPORT_URL}/{TOKEN}?message={MESSAGE.id}"


def test_a_configured_report_token_is_required():
    twilio = Twilio(Twilio.Settings(**SETTINGS, report_token=TOKEN), make_gateway_client())

    assert twilio.accepts_token(TOKEN)
    assert not twilio.accepts_token("")


@pytest.mark.parametrize("sender", ["Acme 2", "A-B", "A_B", "A&B", "A+B", "12345", "+18445550001"])
def test_twilio_takes_names_with_signs_and_short_codes(sender):
    gateway, _ = GATEWAYS["twilio"](SETTINGS | {"sender": sender}, make_gateway_client())

    assert gateway.takes_sender(gateway.sender)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"account_sid": KEY}, "AC and 32"),
        ({"account_sid": f"{ACCOUNT}0"}, "AC and 32"),
        ({"account_sid": f"{ACCOUNT[:-3]}/.."}, "AC and 32"),
        ({"auth_token": ""}, "It is empty"),
        ({"auth_token": f"{SECRET}\n"}, "without spaces"),
        ({"auth_token": None}, "auth_token"),
        ({"api_key": KEY}, "API_KEY_SECRET, or neither"),
        ({"api_key_secret": KEY_SECRET}, "API_KEY_SECRET, or neither"),
        ({"api_key": ACCOUNT, "api_key_secret": KEY_SECRET}, "SK and 32"),
        ({"messaging_service": "Acme"}, "MG and 32"),
        ({"sender": None}, "a MESSAGING_SERVICE that picks one"),
        ({"sender": "Acme Corporation"}, "at most 11 letters"),
        ({"url": "http://api.twilio.example"}, "https://"),
        ({"report_token": "guessable"}, "22"),
        ({"auth_tokken": SECRET}, "auth_tokken"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_invalid_settings_are_rejected_with_a_message(changed, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        Twilio.Settings(**{**SETTINGS, **changed})

    assert not [hidden for hidden in (SECRET, KEY_SECRET, "guessable") if hidden in str(refused.value)]
