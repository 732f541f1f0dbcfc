"""Browsers and phones: who asks from where, and who reads the SMS."""

import re

from tests.support.api_calls import CODE, bearer
from tests.support.builders import PHONE
from tests.support.waiting import until


class Browser:
    """Calls from an address of its own, through a proxy; with a secret key its backend calls, and names the address."""

    def __init__(self, client, address="203.0.113.7", *, key="pk_dev", **headers):
        self._client = client
        self._headers = bearer(key) | {"X-Forwarded-For": address} | headers
        self._also = {"client_ip": address} if key.startswith("sk_") else {}

    async def ask(self, number=PHONE, *, repeat=None, **more):
        return await self._post("/v1/request-code", {"phone_number": number, **more}, repeat)

    async def ask_again(self, id, *, repeat=None, **more):
        return await self._post("/v1/request-code", {"verification_id": id, **more}, repeat)

    async def check(self, id, code=CODE, *, repeat=None, **more):
        return await self._post("/v1/verify-code", {"verification_id": id, "code": code, **more}, repeat)

    async def get(self, path, **headers):
        return await self._client.get(path, headers=self._headers | headers)

    async def _post(self, path, body, repeat):
        headers = self._headers | ({"Idempotency-Key": repeat} if repeat else {})
        return await self._client.post(path, json=body | self._also, headers=headers)


class Inbox:
    """Reads the SMS that a scripted vendor was handed."""

    def __init__(self, vendor):
        self._vendor = vendor
        self.url = vendor.url

    @property
    def messages(self):
        return [request.json() for request in self._vendor.requests]

    def texts_to(self, number):
        return [message["text"] for message in self.messages if message["to"] == number]

    async def code_to(self, number, *, count=1):
        """Wait for so many SMS to a number, and read the code of the last."""
        await until(lambda: len(self.texts_to(number)) >= count)
        return re.search(r"#(\d+)$", self.texts_to(number)[count - 1])[1]


def id_of(answer):
    """Give the id of a verification that was just asked for."""
    assert answer.status_code == 202, answer.text
    return answer.json()["verification_id"]


def statuses(answers):
    """Count the answers by status and code."""
    said = [(answer.status_code, answer.json().get("code", "")) for answer in answers]
    return {outcome: said.count(outcome) for outcome in said}


async def kept(service):
    """Read all that is kept but the queues, which a worker opens and drains in its own time."""
    return {key: value for key, value in (await service.dump()).items() if not key.endswith((b"_queue", b":later"))}
