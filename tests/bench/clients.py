"""People who ask for codes and check them, as prepared requests: each has a number and an address of their own."""

import json
from dataclasses import dataclass
from itertools import count

from app.services.parts.code_generation import restore_code
from app.settings.to_domain import keyring_of
from tests.bench.load import post
from tests.bench.service import numbers
from tests.support.actions import wrong

_places = count()
_BROWSER = {
    "authorization": "Bearer pk_dev",
    "origin": "http://localhost:8000",
    "accept_language": "nl-NL,nl;q=0.9,en;q=0.8",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
_BACKEND = {"authorization": "Bearer sk_dev"}


@dataclass(frozen=True, repr=False)
class Person:
    """Somebody with a phone."""

    number: str
    address: str

    def asks(self):
        """Ask for a code in a browser."""
        return post("/v1/request-code", {"phone_number": self.number}, **_BROWSER, x_forwarded_for=self.address)

    def asks_by_backend(self):
        """Have a backend ask for a code."""
        return post("/v1/request-code", {"phone_number": self.number, "client_ip": self.address}, **_BACKEND)

    def checks(self, id, code):
        """Type a code in a browser."""
        body = {"verification_id": id, "code": code}
        return post("/v1/verify-code", body, **_BROWSER, x_forwarded_for=self.address)


def people(many):
    """Give so many people whom nobody saw before, every other one by IPv6."""
    return [Person(number, _address(next(_places))) for number in numbers(many)]


def ids_of(bodies):
    """Read the ids of the verifications that calls were answered with."""
    return [json.loads(body)["verification_id"] for body in bodies]


async def codes_of(ids, redis, settings):
    """Derive the codes of verifications, as a worker does when it is about to send them."""
    kept = await redis.mget([f"{settings.redis_tag}:secret:{id}" for id in ids])
    facts = {"length": settings.code_length, "keyring": keyring_of(settings)}
    return [restore_code(secret, verification=id, **facts) for id, secret in zip(ids, kept, strict=True)]


def checks_of(crowd, ids, codes, *, are_right):
    """Let each person check the code of their own verification, or another one."""
    typed = codes if are_right else [wrong(code) for code in codes]
    return [person.checks(id, code) for person, id, code in zip(crowd, ids, typed, strict=True)]


def _address(place):
    high, low = divmod(place, 65_536)
    return f"2001:{0xDB8 + high:x}:{low:x}::1" if place % 2 else f"100.{64 + high}.{low >> 8}.{low & 255}"
