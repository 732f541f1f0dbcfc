"""Requests as five open-source clients of Twilio Verify write them, and what each reads of the response.

Order of parameters and headers are those of the client, or of the SDK that it calls. Two further tests are for what
these five leave out: the user name of an API key, and requests that are written by hand.
"""

import re
from datetime import datetime

import pytest

from tests.support.api_calls import CODE, WRONG_CODE
from tests.support.twilio_facade import API_KEY, FORM, LANDLINE, SERVICE, SERVICES, assert_error, basic

STARTS = f"{SERVICES}/{SERVICE}/Verifications"
CHECKS = f"{SERVICES}/{SERVICE}/VerificationCheck"
NUMBER = "%2B31612345678"
GO = {"Content-Type": FORM, "Accept-Encoding": "gzip", "User-Agent": "Go-http-client/1.1"}
LARAVEL = {"Content-Type": FORM, "User-Agent": "GuzzleHttp/7"}
PYTHON_SDK = {
    "User-Agent": "twilio-python/9.13.0 (Linux x86_64) Python/3.11.7",
    "Accept-Encoding": "gzip, deflate",
    "Accept": "application/json",
    "Connection": "keep-alive",
    "Content-Type": FORM,
    "X-Twilio-Client": "python-9.13.0",
    "Accept-Charset": "utf-8",
}
RUBY_SDK = {
    "Accept": "application/json",
    "Accept-Charset": "utf-8",
    "Content-Type": FORM,
    "User-Agent": "twilio-ruby/7.9.0 (linux x86_64) Ruby/3.3.0",
}
NODE_SDK = {
    "Accept": "application/json",
    "Content-Type": FORM,
    "User-Agent": "twilio-node/6.3.1 (linux x64) node/v20.20.2",
    "Accept-Charset": "utf-8",
    "Connection": "keep-alive",
    "Accept-Encoding": "gzip, compress, deflate, br",
}


async def post(client, path, body, headers):
    return await client.post(path, content=body, headers=headers)


def is_approved_for_supabase(response):
    """Decode as Go does, which fails on another type, and compare both fields."""
    body = response.json()
    assert response.status_code in {200, 201}
    assert [type(body[name]) for name in ("to", "status", "channel", "valid")] == [str, str, str, bool]
    return body["status"] == "approved" and body["valid"]


async def test_supabase_auth(client):
    """Raw HTTP from Go, parameters sorted by name; `code` and `status` of an error are decoded as whole numbers."""
    started = await post(client, STARTS, f"Channel=sms&To={NUMBER}", GO)
    wrong = await post(client, CHECKS, f"Code={WRONG_CODE}&To={NUMBER}", GO)
    right = await post(client, CHECKS, f"Code={CODE}&To={NUMBER}", GO)
    refused = await post(client, CHECKS, f"Code={CODE}&To={NUMBER}", GO)
    whatsapp = await post(client, STARTS, f"Channel=whatsapp&To={NUMBER}", GO)

    assert started.status_code in {200, 201}
    assert re.fullmatch("VE[0-9a-f]{32}", started.json()["sid"])
    assert (is_approved_for_supabase(wrong), is_approved_for_supabase(right)) == (False, True)
    assert [type(refused.json()[name]) for name in ("code", "message", "more_info", "status")] == [int, str, str, int]
    assert_error(whatsapp, 400, 60223)


async def test_worksome_verify_by_phone(client):
    """Twilio's SDK for PHP, but Laravel sends: no header of the SDK. 60205 and 20404 have texts of their own."""
    landline = await post(client, STARTS, f"To=%2B{LANDLINE[1:]}&Channel=sms", LARAVEL)
    expired = await post(client, CHECKS, f"Code={CODE}&To={NUMBER}", LARAVEL)
    started = await post(client, STARTS, f"To={NUMBER}&Channel=sms", LARAVEL)
    wrong = await post(client, CHECKS, f"Code={WRONG_CODE}&To={NUMBER}", LARAVEL)
    right = await post(client, CHECKS, f"Code={CODE}&To={NUMBER}", LARAVEL)

    assert_error(landline, 403, 60205)
    assert_error(expired, 404, 20404)
    assert started.status_code == 201
    assert (wrong.json()["status"] == "approved", right.json()["status"] == "approved") == (False, True)


async def test_devise_twilio_verify(client):
    """Twilio's SDK for Ruby: parses times strictly; a started verification is `pending`, a checked one `approved`."""
    started = await post(client, STARTS, f"To={NUMBER}&Channel=sms", RUBY_SDK)
    right = await post(client, CHECKS, f"Code={CODE}&To={NUMBER}", RUBY_SDK)

    for body in (started.json(), right.json()):
        for name in ("date_created", "date_updated"):
            assert datetime.strptime(body[name], "%Y-%m-%dT%H:%M:%S%z")
    assert (started.json()["status"], right.json()["status"]) == ("pending", "approved")


@pytest.mark.parametrize("by", ["number", "sid"])
async def test_twilio_labs_function_templates(client, by):
    """Twilio's SDK for Node: always a locale; its page passes the number on, or the sid, as `to` of a check."""
    started = await post(client, STARTS, f"To={NUMBER}&Channel=sms&Locale=en", NODE_SDK)
    to = started.json()["sid"] if by == "sid" else NUMBER
    wrong = await post(client, CHECKS, f"Code={WRONG_CODE}&To={to}", NODE_SDK)
    right = await post(client, CHECKS, f"Code={CODE}&To={to}", NODE_SDK)
    invalid = await post(client, STARTS, "To=%2B1&Channel=sms&Locale=en", NODE_SDK)

    assert (wrong.json()["status"], right.json()["status"]) == ("pending", "approved")
    assert assert_error(invalid, 400, 60200)["message"].startswith("Invalid parameter `To`")


async def test_twilio_quickstart_for_python(client):
    """Twilio's SDK for Python: any error is shown as its text, and a status other than `approved` as a wrong code."""
    started = await post(client, STARTS, f"To={NUMBER}&Channel=sms", PYTHON_SDK)
    wrong = await post(client, CHECKS, f"Code={WRONG_CODE}&To={NUMBER}", PYTHON_SDK)
    right = await post(client, CHECKS, f"Code={CODE}&To={NUMBER}", PYTHON_SDK)
    after = await post(client, CHECKS, f"Code={CODE}&To={NUMBER}", PYTHON_SDK)

    assert started.json()["sid"]
    assert (wrong.json()["status"], right.json()["status"]) == ("pending", "approved")
    assert assert_error(after, 404, 20404)["message"].endswith("/VerificationCheck was not found")


async def test_a_client_with_an_api_key(client):
    """Such as Descope's connector: the user name is `SK…`."""
    client.headers.update(basic(API_KEY))
    started = await post(client, STARTS, f"To={NUMBER}&Channel=sms", NODE_SDK)
    right = await post(client, CHECKS, f"Code={CODE}&To={NUMBER}", NODE_SDK)

    assert (started.status_code, right.json()["status"]) == (201, "approved")


async def test_requests_written_by_hand(client):
    """`URLSearchParams` sets a charset, and many read only `status`, `valid` and `message`."""
    headers = {"Content-Type": f"{FORM};charset=UTF-8"}
    started = await post(client, STARTS, f"To={NUMBER}&Channel=sms", headers)
    right = await post(client, CHECKS, f"To={NUMBER}&Code={CODE}", headers)
    refused = await post(client, CHECKS, f"To={NUMBER}&Code={CODE}", headers)

    assert (started.json()["status"], right.json()["valid"]) == ("pending", True)
    assert refused.json()["message"]
