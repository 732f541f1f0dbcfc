"""Signed reports: the vendor signs the public URL, which differs from the one behind the proxy."""

from urllib.parse import urlencode

import pytest

from tests.support.api_calls import assert_problem
from tests.support.gateway_contract import SECRET
from tests.support.report_contract import callback
from tests.support.twilio import ACCOUNT, signed
from tests.support.waiting import until

PUBLIC = "https://otp.example.com"
PATH = "/v1/reports/twilio?message=ms_V7L07Wek8l2exjQagSsGBA&x=a%20b"
TWILIO = {"account_sid": ACCOUNT, "auth_token": SECRET, "sender": "Acme"}
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+31612345678", "Empty": ""}


@pytest.fixture
async def service(run_service):
    settings = {f"gateways__twilio__{name}": value for name, value in TWILIO.items()}
    async with run_service(workers=True, public_url=PUBLIC, **settings) as service:
        yield service


async def has_counted(service, counts):
    return await service.container.messages.counts("twilio") == counts


def body_and_signature(url):
    call = signed(callback(urlencode(FORM).encode(), url=url))
    return call.body, {**call.headers, "content-type": "application/x-www-form-urlencoded", "Authorization": ""}


@pytest.mark.parametrize("host", ["otp.example.com", "127.0.0.1:8000", "localhost"])
async def test_signature_is_checked_against_the_public_url_for_any_host(service, host):
    body, headers = body_and_signature(f"{PUBLIC}{PATH}")

    response = await service.client.post(PATH, content=body, headers={**headers, "host": host})

    assert (response.status_code, response.content) == (200, b"")
    await until(lambda: has_counted(service, {"unknown": 1}))  # the SMS is unknown


@pytest.mark.parametrize("url", [f"http://127.0.0.1:8000{PATH}", f"{PUBLIC}/v1/reports/twilio", f"{PUBLIC}{PATH}&y=1"])
async def test_signature_over_another_url_is_refused(service, url):
    body, headers = body_and_signature(url)

    assert_problem(await service.client.post(PATH, content=body, headers=headers), 401, "bad_report")

    assert await has_counted(service, {"refused": 1})


async def test_signed_paths_refuse_a_token_and_token_paths_need_one(service):
    body, headers = body_and_signature(f"{PUBLIC}/v1/reports/twilio/guess")

    assert_problem(
        await service.client.post("/v1/reports/twilio/guess", content=body, headers=headers), 401, "bad_report"
    )
    assert_problem(
        await service.client.post("/v1/reports/inbox", json=[], headers={"Authorization": ""}), 401, "bad_report"
    )
    assert_problem(
        await service.client.post("/v1/reports/nobody", json=[], headers={"Authorization": ""}), 404, "not_found"
    )
