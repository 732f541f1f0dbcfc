"""Queue another SMS of a pending verification."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from app.domain.errors import NoPendingVerification
from app.domain.policy import Policy
from app.domain.verification import Allowance
from app.store.job_notifier import JobNotifier
from app.store.keyspace import Keyspace
from app.store.request_facts import RequestFacts, read_closest_limit, refusal
from app.store.scripts import Script, redis_errors
from app.store.verifications import REMEMBER_MS

_FIELDS = ["app", "purpose", "status", "number", "name"]


@dataclass(frozen=True, slots=True, repr=False)
class ResentVerification:
    """The allowance and record values of a resend; a repeated call returns the verification of the first."""

    id: str
    left: Allowance
    purpose: str
    reference: str
    sealed: bytes
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class EncryptedNumber:
    """The number of a record, as it is stored."""

    purpose: str
    sealed: bytes
    name: str


class Resends:
    """A resend takes one script and one round trip; `now` is 0 for the server's clock."""

    def __init__(self, redis: Redis, keys: Keyspace, *, now: Callable[[], int], notifier: JobNotifier) -> None:
        self._redis = redis
        self._key = keys.of
        self._now = now
        self._notifier = notifier
        self._resend = Script(redis, "resend_code")

    async def resend(
        self, id: str, request_facts: RequestFacts, *, app: str, secret: bytes, policy: Policy
    ) -> ResentVerification:
        """Spend the limits once more and queue one more SMS; `secret` is b"" to repeat the code."""
        key, limits = self._key, policy.limits
        keys = [
            key("verification", id),
            key("secret", id),
            key("number", app, ""),
            key("sends", ""),
            key("device_sends", ""),
            key("subject_sends", app, ""),
            key("country_sends", ""),
            key("app_sends", app),
            key("address_sends", ""),
            key("address_checks", ""),
            key("sends_queue"),
            key("later"),
            key("blocked"),
            key("alarm"),
            key("repeat", request_facts.repeat),
            key("shown", request_facts.shown),
        ]
        watch, cooldown = "1" if policy.failure_watch else "", policy.resend_cooldown * 1000
        manner: list[str | int | bytes] = [
            " ".join(request_facts.address_keys),
            watch,
            request_facts.body,
            REMEMBER_MS,
            request_facts.human_check,
        ]
        numbers, subjects, countries = limits.sends_per_number, limits.sends_per_subject, limits.sends_per_country
        all_limits = (numbers, subjects, countries, limits.sends_per_app, limits.sends_per_address)
        rules = [limit.encoded for limit in all_limits]
        match await self._resend(keys, [self._now(), id, app, request_facts.filter, cooldown, secret, *manner, *rules]):
            case [b"kept", *answer, limit, width, left]:
                self._notifier.notify()
                return _resent(answer, read_closest_limit(limit, width, left))
            case [b"again", *answer]:
                return _resent(answer, None)
            case refused:
                raise refusal(refused)

    async def find(self, id: str, *, app: str, purposes: frozenset[str]) -> EncryptedNumber:
        """Read the number of a record; raises `NoPendingVerification` where none of the app and purposes is pending."""
        with redis_errors():
            fields: Any = await self._redis.hmget(self._key("verification", id), _FIELDS)
        owner, purpose, status, number, name = fields
        if owner is None or (owner.decode(), status) != (app, b"pending"):
            raise NoPendingVerification
        if purposes and purpose.decode() not in purposes:
            raise NoPendingVerification
        return EncryptedNumber(purpose.decode(), number, name.decode())


def _resent(answer: list[Any], closest_limit: Any) -> ResentVerification:  # noqa: ANN401  an untyped Redis reply
    id, *numbers, purpose, reference, sealed, name = answer
    now, expires_at, resend_at, attempts, sends = map(int, numbers)
    left = Allowance(now, expires_at, resend_at or None, attempts, sends, closest_limit)
    return ResentVerification(id.decode(), left, purpose.decode(), reference.decode(), sealed, name.decode())
