"""ALTCHA v2 (altcha.org): a proof of work that the service creates and verifies itself, without a third party.

A token contains the challenge that it solves. Only the random values, the expiry and the cost are read from it; the
rest is filled in again, so the signature matches only a challenge for this number and address. The signature covers the
cost, which is a small multiple of the configured one, and is checked before anything is computed.
"""

import asyncio
from collections.abc import Callable

from altcha import Challenge, ChallengeParameters, Payload, create_challenge, verify_solution

from app.domain.address import Address
from app.domain.errors import HumanCheckFailed
from app.domain.human_check import MAX_WORK, HumanCheckResult

CHALLENGE_LIFETIME = 600
"""Seconds to solve and submit a challenge; a slow phone needs some of them, the user the rest."""

_MARGIN = 60  # seconds; a process whose clock is behind accepts the token for that much longer

_ALGORITHM = "PBKDF2/SHA-256"  # built into browsers; the others need megabytes of code
_MAX_LENGTH = 2048  # characters; a valid token has about 650


class Altcha:
    """Creates challenges of `cost` iterations per try, 256 tries on average, and signs them with its key."""

    name = "altcha"
    needs_number = True

    def __init__(self, key: bytes, *, cost: int, clock: Callable[[], float]) -> None:
        self._key = key
        self._cost = cost
        self._clock = clock

    def challenge(self, *, bound_to: str, work: int = 1) -> dict[str, object]:
        """Create a challenge; the package draws its random values from the operating system."""
        challenge = create_challenge(
            _ALGORITHM,
            self._cost * work,
            expires_at=int(self._clock()) + CHALLENGE_LIFETIME,
            data=_data(bound_to),
            hmac_secret=self._key,
        )
        return {"provider": self.name, "challenge": challenge.to_dict()}

    async def verify(self, token: str, *, bound_to: str, address: Address | None) -> HumanCheckResult:
        """Check signature, expiry and solution in a thread: a high cost would block all other requests.

        The package compares in constant time, checks the signature before it computes, and also checks
        the expiry with the system clock.
        """
        payload = _read(token)
        signature, expires_at, now = (
            payload.challenge.signature,
            payload.challenge.parameters.expires_at,
            int(self._clock()),
        )
        if not isinstance(signature, str) or not isinstance(expires_at, int) or expires_at <= now:
            raise HumanCheckFailed
        work = self._work_of(payload.challenge.parameters)
        challenge = Challenge(self._rebuild_parameters(payload.challenge.parameters, bound_to, work), signature)
        result = await asyncio.to_thread(verify_solution, Payload(challenge, payload.solution), self._key)
        if not result.verified:
            raise HumanCheckFailed
        return HumanCheckResult(signature, expires_at - now + _MARGIN, work)

    def _work_of(self, received: ChallengeParameters) -> int:
        """Return the work of a received challenge; raises `HumanCheckFailed` for a cost that is never issued."""
        cost: object = received.cost
        if not isinstance(cost, int) or cost % self._cost or not 1 <= cost // self._cost <= MAX_WORK:
            raise HumanCheckFailed
        return cost // self._cost

    def _rebuild_parameters(self, received: ChallengeParameters, bound_to: str, work: int) -> ChallengeParameters:
        return ChallengeParameters(
            algorithm=_ALGORITHM,
            nonce=received.nonce,
            salt=received.salt,
            cost=self._cost * work,
            expires_at=received.expires_at,
            data=_data(bound_to),
        )


def _data(bound_to: str) -> dict[str, str]:
    return {"for": bound_to}


def _read(token: str) -> Payload:
    """Decode a token; its values are untrusted and may have any type."""
    try:
        if len(token) <= _MAX_LENGTH:
            return Payload.from_base64(token)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # no base64, no JSON, or JSON of another shape
    raise HumanCheckFailed
