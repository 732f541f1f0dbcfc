"""How a caller speaks to the service, and what every problem that comes back must look like."""

import json
import re

from app.domain.api_key import digest_key
from tests.support.builders import PHONE

CODE = "042137"
WRONG = "999999"
TEST_NUMBERS = f"{PHONE}={CODE}@2099-12-31"  # it always has this code, and no SMS is sent
APPS = json.dumps(
    {
        "shop": {
            "secret_keys": [digest_key("sk_shop"), digest_key("sk_shop_2")],
            "publishable_keys": {digest_key("pk_shop"): ["login", "signup"]},
        }
    }
)
MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
PROBLEM = "application/problem+json"


def bearer(key):
    """Give the header of a key; None for the client's own."""
    return {"Authorization": f"Bearer {key}"} if key else {}


async def ask(client, number=PHONE, *, key=None, **more):
    """Ask for a code."""
    return await client.post("/v1/request-code", json={"phone_number": number, **more}, headers=bearer(key))


async def ask_again(client, id, *, key=None, **more):
    """Ask for the same code once more."""
    return await client.post("/v1/request-code", json={"verification_id": id, **more}, headers=bearer(key))


async def check(client, id, code=CODE, *, key=None, **more):
    """Check a code by the verification's id."""
    return await client.post("/v1/verify-code", json={"verification_id": id, "code": code, **more}, headers=bearer(key))


async def new_id(client, number=PHONE, **more):
    """Ask for a code and give the verification's id."""
    answer = await ask(client, number, **more)
    assert answer.status_code == 202, answer.text
    return answer.json()["verification_id"]


def problem_of(answer, status, code):
    """Hold an answer against RFC 9457 and our own promises, and give its body."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    body = answer.json()
    assert body["code"] == code, body
    assert (body["status"], body["type"]) == (status, f"/problems/{code}")
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    assert ("retry-after" in answer.headers) == ("retry_after" in body) == (status in {429, 503})
    if status in {429, 503}:
        assert answer.headers["retry-after"] == str(body["retry_after"])
        assert body["retry_after"] >= 1
    if status == 401 and code == "unauthorized":
        assert answer.headers["www-authenticate"] == "Bearer"
    return body


def pointers(answer, code="invalid_request"):
    """Give where the mistakes of a refused body are."""
    errors = problem_of(answer, 422, code)["errors"]
    assert all(set(error) == {"pointer", "detail"} for error in errors)
    return [error["pointer"] for error in errors]
