"""Clients for tests: a browser with a separate address, and an inbox that reads the SMS."""

import re

from tests.support.api_calls import CODE, bearer
from tests.support.builders import PHONE
from tests.support.waiting import until


class Browser:
    """Calls from its own address, through a proxy; with a secret key it is a backend that sends `client_ip`."""

    def __init__(self, client, address="203.0.113.7", *, key="pk_dev", **headers):
        self._client = client
        self._headers = bearer(key) | {"X-Forwarded-For": address} | headers
        self._client_ip = {"client_ip": address} if key.startswith("sk_") else {}

    async def request_code(self, number=PHONE, *, idempotency_key=None, **more):
        return await self._post("/v1/request-code", {"phone_number": number, **more}, idempotency_key)

    async def resend_code(self, id, *, idempotency_key=None, **more):
        return await self._post("/v1/request-code", {"verification_id": id, **more}, idempotency_key)

    async def verify_code(self, id, code=CODE, *, idempotency_key=None, **more):
        return await self._post("/v1/verify-code", {"verification_id": id, "code": code, **more}, idempotency_key)

    async def get(self, path, **headers):
        return await self._client.get(path, headers=self._headers | headers)

    async def _post(self, path, body, idempotency_key):
        headers = self._headers | ({"Idempotency-Key": idempotency_key} if idempotency_key else {})
        return await self._client.post(path, json=body | self._client_ip, headers=headers)


class Inbox:
    """Reads the SMS that a fake vendor received."""

    def __init__(self, vendor):
        self._vendor = vendor
        self.url = vendor.url

    @property
    def messages(self):
        return [request.json() for request in self._vendor.requests]

    def texts_to(self, number):
        return [message["text"] for message in self.messages if message["to"] == number]

    async def code_to(self, number, *, count=1):
        """Wait for `count` SMS to a number, and return the code of the last."""
        await until(lambda: len(self.texts_to(number)) >= count)
        return re.search(r"#(\d+)$", self.texts_to(number)[count - 1])[1]


def verification_id_of(response):
    """Return the verification id of a 202 response."""
    assert response.status_code == 202, response.text
    return response.json()["verification_id"]


def count_statuses(responses):
    """Count the responses by status and code."""
    outcomes = [(response.status_code, response.json().get("code", "")) for response in responses]
    return {outcome: outcomes.count(outcome) for outcome in outcomes}


async def stored_state(service):
    """Return everything in the store except the queues, which a worker opens and drains at its own pace."""
    return {key: value for key, value in (await service.dump()).items() if not key.endswith((b"_queue", b":later"))}
