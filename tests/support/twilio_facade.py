"""Calls of the Twilio facade as Twilio's clients make them, and the checks that every error must pass."""

import json
import re
from base64 import b64encode

from app.compat.twilio.sids import account_sid, api_key_sid, service_sid
from app.domain.api_key import digest_key
from app.settings.parsers import decode_secret
from tests.support.builders import PHONE, make_settings

TOKEN = "0123456789abcdef0123456789abcdef"
OTHER_TOKEN = "fedcba9876543210fedcba9876543210"
APPS = {
    "shop": {"twilio_tokens": {digest_key(TOKEN): ["login", "signup"]}, "brand": "Shop"},
    "bank": {"twilio_tokens": {digest_key(OTHER_TOKEN): []}, "secret_keys": [digest_key("sk_bank")]},
}
LANDLINE = "+31201234567"
_SECRET = decode_secret(make_settings().name_secret)
ACCOUNT, OTHER_ACCOUNT = account_sid(_SECRET, "shop"), account_sid(_SECRET, "bank")
API_KEY = api_key_sid(digest_key(TOKEN))
SERVICE, SIGNUP = service_sid(_SECRET, "shop", "login"), service_sid(_SECRET, "shop", "signup")
OTHER_SERVICE = service_sid(_SECRET, "bank", "login")
SERVICES = "/twilio/v2/Services"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FORM = "application/x-www-form-urlencoded"


def basic(user=ACCOUNT, token=TOKEN):
    """Return the Authorization header of these credentials."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{token}'.encode()).decode()}"}


def apps_json(**changes):
    """Return OTP_APPS with two apps of the facade; `changes` are fields of the app `shop`."""
    return json.dumps(APPS | {"shop": APPS["shop"] | changes})


async def start(client, to=PHONE, *, service=SERVICE, **more):
    """Start a verification."""
    data = {"To": to, "Channel": "sms", **more}
    return await client.post(f"{SERVICES}/{service}/Verifications", data=data)


async def check(client, code, *, service=SERVICE, **more):
    """Check a code, by number unless `VerificationSid` is given."""
    target = {} if "VerificationSid" in more else {"To": PHONE}
    data = {**target, "Code": code, **more}
    return await client.post(f"{SERVICES}/{service}/VerificationCheck", data=data)


async def fetch(client, target, *, service=SERVICE):
    """Fetch a verification by sid or by number."""
    return await client.get(f"{SERVICES}/{service}/Verifications/{target.replace('+', '%2B')}")


async def update(client, target, *, service=SERVICE, **data):
    """Update a verification by sid or by number."""
    return await client.post(f"{SERVICES}/{service}/Verifications/{target.replace('+', '%2B')}", data=data)


def assert_error(response, status, code):
    """Assert that a response is an error as Twilio writes it, and nothing more; return its body."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json"), response.text
    body = response.json()
    assert list(body) == ["code", "message", "more_info", "status"]
    assert (body["code"], body["status"]) == (code, status), body
    assert body["message"]
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert response.headers["cache-control"] == "no-store"
    return body
