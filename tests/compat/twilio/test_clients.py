"""Requests as five open-source clients of Twilio Verify write them, and what each reads of the response."""

import re
from datetime import datetime

from tests.support.api_calls import CODE, WRONG_CODE
from tests.support.twilio_facade import API_KEY, FORM, LANDLINE, SERVICE, SERVICES, assert_error, basic

STARTS = f"{SERVICES}/{SERVICE}/Verifications"
CHECKS = f"{SERVICES}/{SERVICE}/VerificationCheck"
PYTHON_SDK = {
    "Accept": "application/json",
    "Accept-Charset": "utf-8",
    "Content-Type": FORM,
    "User-Agent": "twilio-python/9.13.0 (Linux x86_64) Python/3.12.1",
    "X-Twilio-Client": "python-9.13.0",
}
PHP_SDK = {
    "Accept": "application/json",
    "Accept-Charset": "utf-8",
    "Content-Type": FORM,
    "User-Agent": "twilio-php/8.12.0 (linux x86_64) PHP/8.3.1",
}
RUBY_SDK = {
    "Accept": "application/json",
    "Accept-Charset": "utf-8",
    "Content-Type": f"{FORM}",
    "User-Agent": "twilio-ruby/7.9.0 (linux x86_64) Ruby/3.3.0",
}
NODE_SDK = {
    "Accept": "application/json",
    "Accept-Charset": "utf-8",
    "Content-Type": FORM,
    "Connection": "close",
    "User-Agent": "twilio-node/6.3.1 (linux x64) node/22.1.0",
}


async def post(client, path, body, headers):
    return await client.post(path, content=body, headers=headers)


async def test_supabase_auth(client):
    """Raw HTTP from Go: takes 200 and 201, and decodes `code` and `status` of an error as whole numbers."""
    headers = {"Content-Type": FORM, "Accept-Encoding": "gzip", "User-Agent": "Go-http-client/1.1"}
    started = await post(client, STARTS, "Channel=sms&To=%2B31612345678", headers)
    wrong = await post(client, CHECKS, f"Code={WRONG_CODE}&To=%2B31612345678", headers)
    right = await post(client, CHECKS, f"Code={CODE}&To=%2B31612345678", headers)
    refused = await post(client, CHECKS, f"Code={CODE}&To=%2B31612345678", headers)
    whatsapp = await post(client, STARTS, "Channel=whatsapp&To=%2B31612345678", headers)

    assert {started.status_code, wrong.status_code, right.status_code} <= {200, 201}
    assert re.fullmatch("VE[0-9a-f]{32}", started.json()["sid"])
    assert (wrong.json()["status"] == "approved" and wrong.json()["valid"]) is False
    assert (right.json()["status"], right.json()["valid"]) == ("approved", True)
    assert {type(refused.json()["code"]), type(refused.json()["status"])} == {int}
    assert_error(whatsapp, 400, 60223)


async def test_worksome_verify_by_phone(client):
    """Twilio's SDK for PHP over Laravel: 60205 is a landline and 20404 an expired code, each with its own text."""
    landline = await post(client, STARTS, f"To=%2B{LANDLINE[1:]}&Channel=sms", PHP_SDK)
    expired = await post(client, CHECKS, f"Code={CODE}&To=%2B31612345678", PHP_SDK)
    started = await post(client, STARTS, "To=%2B31612345678&Channel=sms", PHP_SDK)
    right = await post(client, CHECKS, f"Code={CODE}&To=%2B31612345678", PHP_SDK)

    assert_error(landline, 403, 60205)
    assert_error(expired, 404, 20404)
    assert (started.status_code, right.json()["status"]) == (201, "approved")


async def test_devise_twilio_verify(client):
    """Twilio's SDK for Ruby: parses times strictly, and compares `status`."""
    started = await post(client, STARTS, "To=%2B31612345678&Channel=sms", RUBY_SDK)
    right = await post(client, CHECKS, f"To=%2B31612345678&Code={CODE}", RUBY_SDK)

    for body in (started.json(), right.json()):
        for name in ("date_created", "date_updated"):
            assert datetime.strptime(body[name], "%Y-%m-%dT%H:%M:%S%z")
    assert right.json()["status"] == "approved"


async def test_twilio_labs_function_templates(client):
    """Twilio's SDK for Node: the number with a locale, and a check whose `To` is the sid."""
    started = await post(client, STARTS, "To=%2B31612345678&Channel=sms&Locale=en", NODE_SDK)
    sid = started.json()["sid"]
    wrong = await post(client, CHECKS, f"To={sid}&Code={WRONG_CODE}", NODE_SDK)
    right = await post(client, CHECKS, f"To={sid}&Code={CODE}", NODE_SDK)
    invalid = await post(client, STARTS, "To=%2B1&Channel=sms", NODE_SDK)

    assert (wrong.json()["status"], right.json()["status"]) == ("pending", "approved")
    assert assert_error(invalid, 400, 60200)["message"].startswith("Invalid parameter `To`")


async def test_descope_with_an_api_key(client):
    """A user name `SK…`; each connector uses Twilio's SDK, or writes its requests."""
    client.headers.update(basic(API_KEY))
    started = await post(client, STARTS, "To=%2B31612345678&Channel=sms", PYTHON_SDK)
    right = await post(client, CHECKS, f"To=%2B31612345678&Code={CODE}", PYTHON_SDK)

    assert (started.status_code, right.json()["status"]) == (201, "approved")


async def test_hand_written_fetch(client):
    """`URLSearchParams` sets a charset, and many read only `status`, `valid` and `message`."""
    headers = {"Content-Type": f"{FORM};charset=UTF-8"}
    started = await post(client, STARTS, "To=%2B31612345678&Channel=sms", headers)
    right = await post(client, CHECKS, f"To=%2B31612345678&Code={CODE}", headers)
    refused = await post(client, CHECKS, f"To=%2B31612345678&Code={CODE}", headers)

    assert (started.json()["status"], right.json()["valid"]) == ("pending", True)
    assert refused.json()["message"]
