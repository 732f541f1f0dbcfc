"""Simulated clients that request and verify codes: each has its own number and address, and prepared requests."""

import json
import os
from dataclasses import dataclass
from itertools import count

from app.services.parts.code_generation import CodeSecrets
from app.settings.to_domain import keyring_of
from tests.bench.load import post
from tests.bench.service import new_numbers
from tests.support.actions import wrong_code

_indexes = count()
_BROWSER = {
    "authorization": "Bearer pk_dev",
    "origin": "http://localhost:8000",
    "accept_language": "nl-NL,nl;q=0.9,en;q=0.8",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
_BACKEND = {"authorization": "Bearer sk_dev"}


@dataclass(frozen=True, repr=False)
class SimulatedClient:
    """A client with a phone number and an address."""

    number: str
    address: str

    def request_code(self):
        """Return a code request from a browser."""
        return post("/v1/request-code", {"phone_number": self.number}, **_BROWSER, x_forwarded_for=self.address)

    def request_code_by_backend(self):
        """Return a code request from a backend."""
        return post("/v1/request-code", {"phone_number": self.number, "client_ip": self.address}, **_BACKEND)

    def verify_code(self, id, code):
        """Return a request from a browser that verifies a code."""
        body = {"verification_id": id, "code": code}
        return post("/v1/verify-code", body, **_BROWSER, x_forwarded_for=self.address)


def make_clients(many):
    """Return new clients with unused numbers and addresses, every other one with IPv6."""
    return [SimulatedClient(number, _address(next(_indexes))) for number in new_numbers(many)]


def verification_ids(bodies):
    """Return the verification ids of response bodies."""
    return [json.loads(body)["verification_id"] for body in bodies]


async def codes_of_verifications(ids, redis, settings):
    """Derive the codes of verifications, as a worker does before it sends them."""
    stored = await redis.mget([f"{settings.redis_tag}:secret:{id}" for id in ids])
    codes, length = CodeSecrets(keyring_of(settings), os.urandom), settings.code_length
    return [codes.restore(secret, length=length, verification=id) for id, secret in zip(ids, stored, strict=True)]


def verify_requests(clients, ids, codes, *, are_right):
    """Return requests in which each client verifies its own code, or a wrong one."""
    submitted = codes if are_right else [wrong_code(code) for code in codes]
    return [client.verify_code(id, code) for client, id, code in zip(clients, ids, submitted, strict=True)]


def _address(index):
    high, low = divmod(index, 65_536)
    return f"2001:{0xDB8 + high:x}:{low:x}::1" if index % 2 else f"100.{64 + high}.{low >> 8}.{low & 255}"
