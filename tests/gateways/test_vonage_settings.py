"""Settings of the Vonage gateway."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from app.gateways.vonage import Vonage
from app.http_client.pool import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, SECRET, TOKEN, make_gateway_client
from tests.support.vonage import SETTINGS, form_of, recorded


@pytest.mark.parametrize(
    ("report_url", "callback"),
    [
        ("https://otp.example.com/v1/reports/vonage", f"https://otp.example.com/v1/reports/vonage/{TOKEN}"),
        (f"https://{'o' * 60}.example.com/v1/reports/vonage", None),
    ],
    ids=["short", "long"],
)
async def test_a_report_url_above_100_characters_is_left_out(report_url, callback):
    """Vonage accepts 100 characters; with a longer URL it would refuse every SMS."""
    async with Vendor(Answer(200, body=recorded("sent.json"))) as vendor:
        http_pool = HttpClientPool()
        client = replace(make_gateway_client(http_pool), report_url=report_url)
        await Vonage(Vonage.Settings(**SETTINGS, url=vendor.url, report_token=TOKEN), client).send(MESSAGE)
        await http_pool.close()

        assert form_of(vendor.requests[0]).get("callback") == callback


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"api_key": "abcd:1234"}, "letters and digits"),
        ({"api_key": ""}, "letters and digits"),
        ({"api_secret": ""}, "It is empty"),
        ({"api_secret": f"{SECRET}\n"}, "without spaces"),
        ({"signature_secret": None}, "or, where Vonage does not sign, a REPORT_TOKEN"),
        ({"signature_method": "sha3"}, "'md5hash', 'md5', 'sha1', 'sha256' or 'sha512'"),
        ({"sender": ""}, "at most 11 letters"),
        ({"url": "http://rest.nexmo.example"}, "https://"),
        ({"report_token": "guessable"}, "22"),
        ({"secret": SECRET}, "secret"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_invalid_settings_are_rejected_with_a_message(changed, expected):
    with pytest.raises(ValidationError, match=expected) as refused:
        Vonage.Settings(**{**SETTINGS, **changed})

    assert not [hidden for hidden in (SECRET, SETTINGS["api_secret"], "guessable") if hidden in str(refused.value)]
