"""Keeps verifications: what was asked for, what is left of it, how it ended."""

from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from app.domain.errors import (
    DestinationBlocked,
    NoPendingVerification,
    RateLimited,
    TemporarilyUnavailable,
    TooManyAttempts,
)
from app.domain.policy import Policy
from app.domain.verification import Left
from app.domain.wait import whole_seconds
from app.store.bell import Bell
from app.store.keys import Keys
from app.store.scripts import Script


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """What is kept of a new verification: the number sealed and named, the code as a digest."""

    id: str
    app: str
    purpose: str
    reference: str
    name: str
    sealed: bytes
    secret: bytes
    is_test: bool


@dataclass(frozen=True, slots=True, repr=False)
class Resent:
    """What is left, and what the record says of itself."""

    left: Left
    purpose: str
    reference: str
    sealed: bytes
    name: str


class Verifications:
    """One script, one round trip each; `now` is 0 for the server's clock."""

    def __init__(self, redis: Redis, keys: Keys, *, now: Callable[[], int], bell: Bell) -> None:
        self._key = keys.of
        self._now = now
        self._bell = bell
        self._keep = Script(redis, "keep_verification")
        self._resend = Script(redis, "resend_code")
        self._cancel = Script(redis, "cancel_verification")

    async def keep(self, record: Record, policy: Policy) -> Left:
        """Spend the limits, keep the record and queue its SMS, all or nothing."""
        key = self._key
        keys = [
            key("verification", record.id),
            key("secret", record.id),
            key("number", record.app, record.name),
            key("pending", record.app, record.name),
            key("sends", record.name),
            key("sends_queue"),
            key("later"),
            key("blocked"),
        ]
        answer = await self._keep(keys, [self._now(), *_facts(record, policy)])
        match answer:
            case [b"kept", now, expires_at, resend_at]:
                self._bell.ring()
                return Left(now, expires_at, resend_at or None, policy.attempts, policy.sends_per_verification - 1)
            case [b"limited", now, retry_at]:
                raise RateLimited("sends_per_number", wait=whole_seconds(retry_at - now))
            case [b"waiting", now, retry_at]:
                raise TooManyAttempts(wait=whole_seconds(retry_at - now))
            case [b"blocked"]:
                raise DestinationBlocked
            case _:
                raise TemporarilyUnavailable(_BUSY, wait=_BUSY_WAIT)

    async def resend(self, id: str, *, app: str, purposes: frozenset[str], secret: bytes, policy: Policy) -> Resent:
        """Spend the limits once more and queue one more SMS; `secret` is b"" to repeat the code."""
        key = self._key
        keys = [
            key("verification", id),
            key("secret", id),
            key("number", app, ""),
            key("sends", ""),
            key("sends_queue"),
            key("later"),
            key("blocked"),
        ]
        rules, cooldown = str(policy.limits.sends_per_number), policy.resend_cooldown * 1000
        answer = await self._resend(keys, [self._now(), id, app, filter_of(purposes), rules, cooldown, secret])
        match answer:
            case [b"kept", now, expires_at, resend_at, attempts, sends, purpose, reference, sealed, name]:
                self._bell.ring()
                left = Left(now, expires_at, resend_at or None, attempts, sends)
                return Resent(left, purpose.decode(), reference.decode(), sealed, name.decode())
            case [b"limited", now, word, retry_at]:
                raise RateLimited(word.decode(), wait=whole_seconds(retry_at - now))
            case [b"spent", now, retry_at]:
                raise TooManyAttempts(wait=whole_seconds(retry_at - now))
            case [b"blocked"]:
                raise DestinationBlocked
            case [b"busy"]:
                raise TemporarilyUnavailable(_BUSY, wait=_BUSY_WAIT)
            case _:
                raise NoPendingVerification

    async def cancel(self, id: str, *, app: str, policy: Policy) -> None:
        """End a pending verification; raises `NoPendingVerification` when it already ended."""
        keys = [self._key("verification", id), self._key("secret", id), self._key("number", app, "")]
        if await self._cancel(keys, [self._now(), app, policy.keep * 1000]) != [b"canceled"]:
            raise NoPendingVerification


_BUSY = "Too many messages wait to be sent. Try again in a moment."
_BUSY_WAIT = 10


def _facts(record: Record, policy: Policy) -> list[str | int | bytes]:
    """Line up what `keep_verification` wants, from its second argument on."""
    return [
        record.id,
        record.name,
        record.purpose,
        "" if record.is_test else str(policy.limits.sends_per_number),
        policy.code_lifetime * 1000,
        policy.keep * 1000,
        policy.attempts,
        policy.sends_per_verification,
        policy.resend_cooldown * 1000,
        record.secret,
        record.app,
        record.sealed,
        record.reference,
        "1" if record.is_test else "",
    ]


def filter_of(purposes: frozenset[str]) -> str:
    """Write purposes as the scripts search them: `,login,signup,`; "" for all."""
    return f",{','.join(sorted(purposes))}," if purposes else ""
