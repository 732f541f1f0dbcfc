"""ALTCHA v2 (altcha.org): a proof of work that we set and check ourselves; nobody else is asked.

A token brings back the challenge that it solves. Of that, only what was drawn by chance is read, and
when it ends; the rest is put in anew, so our signature fits only what we ask of this number and
address. Nothing that a stranger wrote, no algorithm and no cost, is ever worked with.
"""

import asyncio
from collections.abc import Callable

from altcha import Challenge, ChallengeParameters, Payload, create_challenge, verify_solution

from app.domain.address import Address
from app.domain.errors import HumanCheckFailed
from app.domain.human_check import HumanCheckResult

LIFE = 600
"""Seconds to solve it and to send it; a slow phone needs some of them, the person the rest."""

_MARGIN = 60  # seconds; another process, whose clock is behind, would take it for so much longer

_ALGORITHM = "PBKDF2/SHA-256"  # browsers have it built in; the others bring megabytes of code
_LONGEST = 2048  # ours have about 650 characters


class Altcha:
    """Sets challenges of `cost` iterations a try, 256 tries on average, and signs them by its key."""

    name = "altcha"
    needs_number = True

    def __init__(self, key: bytes, *, cost: int, clock: Callable[[], float]) -> None:
        self._key = key
        self._cost = cost
        self._clock = clock

    def challenge(self, *, bound_to: str) -> dict[str, object]:
        """Draw a challenge; the package takes its chance from the system's source itself."""
        made = create_challenge(
            _ALGORITHM,
            self._cost,
            expires_at=int(self._clock()) + LIFE,
            data=_data(bound_to),
            hmac_secret=self._key,
        )
        return {"provider": self.name, "challenge": made.to_dict()}

    async def verify(self, token: str, *, bound_to: str, address: Address | None) -> HumanCheckResult:
        """Check signature, end and solution, in a thread: a high cost would hold up everybody else.

        The package compares in constant time, looks at the signature before it works, and at the end
        by the system's clock too.
        """
        said = _read(token)
        once, ends, now = said.challenge.signature, said.challenge.parameters.expires_at, int(self._clock())
        if not isinstance(once, str) or not isinstance(ends, int) or ends <= now:
            raise HumanCheckFailed
        ours = Challenge(self._as_ours(said.challenge.parameters, bound_to), once)
        result = await asyncio.to_thread(verify_solution, Payload(ours, said.solution), self._key)
        if not result.verified:
            raise HumanCheckFailed
        return HumanCheckResult(once, ends - now + _MARGIN)

    def _as_ours(self, said: ChallengeParameters, bound_to: str) -> ChallengeParameters:
        return ChallengeParameters(
            algorithm=_ALGORITHM,
            nonce=said.nonce,
            salt=said.salt,
            cost=self._cost,
            expires_at=said.expires_at,
            data=_data(bound_to),
        )


def _data(bound_to: str) -> dict[str, str]:
    return {"for": bound_to}


def _read(token: str) -> Payload:
    """Read a token; what is in it is a stranger's word still, of any type."""
    try:
        if len(token) <= _LONGEST:
            return Payload.from_base64(token)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # no base64, no JSON, or JSON of another shape
    raise HumanCheckFailed
