"""Calls of the JSON API, and the checks that every problem document must pass."""

import json
import re

from app.domain.api_key import digest_key
from tests.support.builders import PHONE

CODE = "042137"
WRONG_CODE = "999999"
TEST_NUMBERS = f"{PHONE}={CODE}@2099-12-31"  # a test number: its code is fixed, and no SMS is sent
APPS = json.dumps(
    {
        "shop": {
            "secret_keys": [digest_key("sk_shop"), digest_key("sk_shop_2")],
            "publishable_keys": {digest_key("pk_shop"): ["login", "signup"]},
        }
    }
)
TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
PROBLEM = "application/problem+json"


def bearer(key):
    """Return the Authorization header of a key; no header for None, so that the client's own is sent."""
    return {"Authorization": f"Bearer {key}"} if key else {}


async def post_request_code(client, number=PHONE, *, key=None, **more):
    """Request a code."""
    return await client.post("/v1/request-code", json={"phone_number": number, **more}, headers=bearer(key))


async def post_resend_code(client, id, *, key=None, **more):
    """Resend the code."""
    return await client.post("/v1/request-code", json={"verification_id": id, **more}, headers=bearer(key))


async def post_verify_code(client, id, code=CODE, *, key=None, **more):
    """Verify a code by verification id."""
    return await client.post("/v1/verify-code", json={"verification_id": id, "code": code, **more}, headers=bearer(key))


async def new_verification_id(client, number=PHONE, **more):
    """Request a code and return the verification id."""
    response = await post_request_code(client, number, **more)
    assert response.status_code == 202, response.text
    return response.json()["verification_id"]


def assert_problem(response, status, code):
    """Assert that a response is a problem document (RFC 9457) with this status and code; return its body."""
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), response.text
    body = response.json()
    assert body["code"] == code, body
    assert (body["status"], body["type"]) == (status, f"/problems/{code}")
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == response.headers["x-request-id"]
    assert response.headers["cache-control"] == "no-store"
    assert ("retry-after" in response.headers) == ("retry_after" in body) == (status in {429, 503})
    if status in {429, 503}:
        assert response.headers["retry-after"] == str(body["retry_after"])
        assert body["retry_after"] >= 1
    if status == 401 and code == "unauthorized":
        assert response.headers["www-authenticate"] == "Bearer"
    return body


def error_pointers(response, code="invalid_request"):
    """Return the place of each error of a refused request: a JSON Pointer, or `header:<name>` and the like."""
    places = []
    for error in assert_problem(response, 422, code)["errors"]:
        (source,) = set(error) - {"detail"}
        places.append(error[source] if source == "pointer" else f"{source}:{error[source]}")
    return places
