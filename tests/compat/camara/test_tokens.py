"""Access tokens, the token endpoint, and the discovery document."""

import jwt
import pytest

from app.compat.camara.clients import Clients
from app.compat.camara.tokens import LIFETIME, AccessTokens
from app.settings.to_domain import keyring_of
from tests.support.api_calls import PROBLEM
from tests.support.builders import PHONE, PUBLIC_URL, make_settings
from tests.support.camara_facade import (
    DISCOVERY,
    OTHER_SECRET,
    SCOPE,
    SECRET,
    TOKEN,
    apps_json,
    assert_error,
    get_token,
    send_code,
)

NOW = 1_795_000_000


def tokens_at(now, **changes):
    settings = make_settings(apps=apps_json(**changes))
    return AccessTokens(PUBLIC_URL, f"{PUBLIC_URL}/api", keyring_of(settings), Clients.of(settings), lambda: now)


@pytest.fixture
def tokens():
    return tokens_at(NOW)


@pytest.fixture
def shop(tokens):
    return tokens.clients.authenticate("shop", SECRET)


def test_a_token_belongs_to_its_app_key_and_purpose(tokens, shop):
    caller = tokens.read(tokens.issue(shop))

    assert (caller.app.name, caller.key, caller.purposes, caller.secret) == ("shop", shop.key, {"login"}, True)


def test_a_token_expires_with_its_lifetime(tokens, shop):
    token = tokens.issue(shop)

    assert tokens_at(NOW + LIFETIME - 1).read(token) is not None
    assert tokens_at(NOW + LIFETIME).read(token) is None


def test_a_token_ends_with_its_key(tokens, shop):
    token = tokens.issue(shop)

    assert tokens_at(NOW, secret_keys=["0" * 64]).read(token) is None
    assert tokens_at(NOW, camara=None).read(token) is None


def test_a_token_without_the_scope_has_no_purpose(tokens, shop):
    assert tokens.read(tokens.issue(shop, scope="openid")).purposes == frozenset()


async def test_a_proof_is_no_token(service):
    """Both are signed by the same key."""
    id = (await send_code(service.client, PHONE)).json()["authenticationId"]
    body = {"authenticationId": id, "code": "042137"}
    proof = (await service.client.post("/one-time-password-sms/v1/validate-code", json=body)).headers["otp-proof"]

    response = await send_code(service.client, PHONE, headers={"Authorization": f"Bearer {proof}"})

    assert_error(response, 401, "UNAUTHENTICATED")


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "sk_shop", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_token_is_unauthenticated(client, token):
    response = await send_code(client, PHONE, headers={"Authorization": f"Bearer {token}"})

    assert_error(response, 401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_changed_token_is_invalid(tokens, shop):
    header, claims, signature = tokens.issue(shop).split(".")
    unsigned = jwt.encode({"sub": "shop"}, "k" * 32, algorithm="HS256", headers={"kid": tokens.keyring.newest.id})

    for token in (f"{header}.{claims}x.{signature}", f"{header}.{claims}.", f"{claims}.{claims}.{signature}", unsigned):
        assert tokens.read(token) is None


async def test_basic_credentials_get_a_token_and_nothing_else(client):
    response = await send_code(client, PHONE, auth=("shop", SECRET))

    assert_error(response, 401, "UNAUTHENTICATED")


async def test_the_endpoint_returns_a_bearer_token(client):
    response = await get_token(client, scope=SCOPE)

    body = response.json()
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", LIFETIME, SCOPE)
    assert jwt.get_unverified_header(body["access_token"])["alg"] == "EdDSA"


async def test_credentials_may_be_in_the_form(client):
    del client.headers["Authorization"]
    form = {"grant_type": "client_credentials", "client_id": "shop", "client_secret": SECRET}

    assert (await client.post(TOKEN, data=form)).status_code == 200


@pytest.mark.parametrize(
    ("id", "secret"),
    [("shop", "wrong"), ("shop", OTHER_SECRET), ("", SECRET), ("plain", "sk_plain"), ("dev", "sk_dev"), ("shop", "")],
)
async def test_other_credentials_are_an_invalid_client(client, id, secret):
    response = await get_token(client, id, secret)

    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": f"openid {SCOPE}"}, "invalid_scope"),
        ({"scope": [SCOPE, SCOPE]}, "invalid_request"),
    ],
)
async def test_a_wrong_form_is_an_error_of_oauth(client, form, error):
    response = await get_token(client, **form)

    assert (response.status_code, response.json()["error"]) == (400, error)
    assert list(response.json()) == ["error", "error_description"]


async def test_a_body_that_is_no_form_is_an_invalid_request(client):
    for body in ({"json": {}}, {"content": b"grant_type=%ff\xff"}, {}):
        response = await client.post(TOKEN, auth=("shop", SECRET), **body)

        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_the_discovery_document_leads_to_token_and_keys(client):
    """Its JWKS verifies a token."""
    document = (await client.get(DISCOVERY)).json()
    token = (
        await client.post(document["token_endpoint"], data={"grant_type": "client_credentials"}, auth=("shop", SECRET))
    ).json()["access_token"]
    keys = jwt.PyJWKSet.from_dict((await client.get(document["jwks_uri"])).json())

    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience=f"{PUBLIC_URL}/one-time-password-sms/v1")
    assert (claims["iss"], claims["client_id"], claims["scope"]) == (document["issuer"], "shop", SCOPE)


async def test_without_clients_there_is_no_facade(run_service):
    async with run_service() as service:
        for response in (await service.client.get(DISCOVERY), await get_token(service.client)):
            assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)
