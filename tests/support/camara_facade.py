"""Calls of the CAMARA facade, and the checks that every error must pass."""

import json

from app.domain.api_key import digest_key

SECRET, OTHER_SECRET = "sk_shop", "sk_bank"  # the digests are what the settings hold
API = "/one-time-password-sms/v1"
TOKEN = "/one-time-password-sms/token"
DISCOVERY = "/.well-known/openid-configuration"
SCOPE = "one-time-password-sms:send-validate"
CORRELATOR = "b4333c46-49c0-4f62-80d7-f0ef930f1c46"
MESSAGE = "{{code}} is your code for the shop."
APPS = {
    "shop": {
        "secret_keys": [digest_key(SECRET)],
        "brand": "the shop",
        "texts": {"login": {"en": "{code} is your code for {brand}.", "nl": "{code} is je code voor {brand}."}},
        "camara": {},
    },
    "bank": {"secret_keys": [digest_key(OTHER_SECRET)], "camara": {"purpose": "payment"}},
    "plain": {"secret_keys": [digest_key("sk_plain")]},
}


def apps_json(**changes):
    """Return OTP_APPS with two clients of the facade; `changes` are fields of the app `shop`."""
    return json.dumps(APPS | {"shop": APPS["shop"] | changes})


async def get_token(client, id="shop", secret=SECRET, **form):
    """Ask for a token by client credentials."""
    data = {"grant_type": "client_credentials", **form}
    return await client.post(TOKEN, data=data, auth=(id, secret))


async def bearer(client, id="shop", secret=SECRET):
    """Return the Authorization header of a new token."""
    response = await get_token(client, id, secret)
    return {"Authorization": f"Bearer {response.json()['access_token']}"}


async def send_code(client, number, message=MESSAGE, **more):
    """Send a code."""
    return await client.post(f"{API}/send-code", json={"phoneNumber": number, "message": message}, **more)


async def validate_code(client, id, code, **more):
    """Validate a code."""
    return await client.post(f"{API}/validate-code", json={"authenticationId": id, "code": code}, **more)


def assert_error(response, status, code):
    """Assert that a response is an error as CAMARA writes it, and nothing more; return its body."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json"), response.text
    body = response.json()
    assert list(body) == ["status", "code", "message"]
    assert (body["status"], body["code"]) == (status, code), body
    assert body["message"]
    assert response.headers["x-correlator"] == CORRELATOR
    assert response.headers["cache-control"] == "no-store"
    return body
