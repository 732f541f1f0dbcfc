"""Checks guesses against the kept digests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from app.domain.errors import IncorrectCode, NoPendingVerification, TemporarilyUnavailable, TooManyAttempts
from app.domain.policy import Policy
from app.domain.wait import whole_seconds
from app.store.keys import Keys
from app.store.scripts import Script, reaching
from app.store.verifications import filter_of


@dataclass(frozen=True, slots=True, repr=False)
class Candidate:
    """A verification that a guess may be for, and the guess digested by each key in rotation."""

    id: str
    digests: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True, repr=False)
class Right:
    """The verification that a guess approved, and what its record says; `at` is milliseconds since 1970."""

    id: str
    at: int
    purpose: str
    reference: str
    sealed: bytes
    name: str
    is_test: bool


class Checks:
    """One script, one round trip; two when only the number is known."""

    def __init__(self, redis: Redis, keys: Keys, *, now: Callable[[], int]) -> None:
        self._redis = redis
        self._key = keys.of
        self._now = now
        self._check = Script(redis, "check_code")

    async def find(self, *, app: str, name: str, purposes: frozenset[str]) -> list[str]:
        """List the ids of a number's verifications, newest last; some may have ended. No purposes mean all."""
        with reaching():
            kept = await self._redis.zrange(self._key("pending", app, name), 0, -1)
        entries = [entry.decode().split("/") for entry in cast("list[bytes]", kept)]
        return [verification for purpose, verification in entries if not purposes or purpose in purposes]

    async def check(
        self, candidates: Sequence[Candidate], *, app: str, purposes: frozenset[str], policy: Policy
    ) -> Right:
        """Count the guess and use up the verification that it fits.

        Raises `IncorrectCode`, `TooManyAttempts` or `NoPendingVerification`; `TemporarilyUnavailable`
        where the code was made with a key that this process does not have (yet, or any more).
        """
        if not candidates:
            raise NoPendingVerification
        key = self._key
        keys = [key("number", app, ""), key("sends", "")]
        keys += [key(kind, candidate.id) for candidate in candidates for kind in ("verification", "secret")]
        guesses = [part for candidate in candidates for pair in candidate.digests for part in pair]
        rotation = len(candidates[0].digests)
        rules = str(policy.limits.sends_per_number)
        facts: list[str | int | bytes] = [self._now(), app, filter_of(purposes), rules, policy.keep * 1000, rotation]
        match await self._check(keys, [*facts, *guesses]):
            case [b"right", at, which, purpose, reference, sealed, name, test]:
                found = candidates[which - 1]
                return Right(found.id, at, purpose.decode(), reference.decode(), sealed, name.decode(), test == b"1")
            case [b"wrong", attempts_left]:
                raise IncorrectCode(attempts_left=attempts_left)
            case [b"unknown key"]:
                raise TemporarilyUnavailable
            case [b"spent", now, retry_at]:
                raise TooManyAttempts(wait=whole_seconds(retry_at - now))
            case _:
                raise NoPendingVerification
