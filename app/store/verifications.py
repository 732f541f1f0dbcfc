"""Store new verifications, and cancel them."""

from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from app.domain.errors import NoPendingVerification
from app.domain.policy import Policy
from app.domain.verification import Allowance
from app.store.job_notifier import JobNotifier
from app.store.keyspace import Keyspace
from app.store.request_facts import RequestFacts, read_closest_limit, refusal
from app.store.scripts import Script, redis_errors

REMEMBER_MS = 24 * 3600 * 1000


@dataclass(slots=True, repr=False)
class Record:
    """A new verification as it is stored: the number encrypted and named, the code as a digest."""

    id: str
    app: str
    purpose: str
    reference: str
    name: str
    sealed: bytes
    secret: bytes
    country: str
    locale: str = ""  # of its SMS; "" for the country's default
    subject: str = ""  # its HMAC name; "" for none
    is_device: bool = False  # counts in the limit for known devices
    is_test: bool = False


@dataclass(slots=True)
class StoredVerification:
    """The stored verification and its allowance; a repeated call returns the first verification."""

    id: str
    left: Allowance


class Verifications:
    """Each method takes one script and one round trip; `now` is 0 for the server's clock."""

    def __init__(self, redis: Redis, keys: Keyspace, *, now: Callable[[], int], notifier: JobNotifier) -> None:
        self._redis = redis
        self._key = key = keys.of
        self._own = [key(kind, "") for kind in ("verification", "secret", "repeat", "shown")]
        self._queue = [key("sends_queue"), key("later"), key("blocked"), key("alarm")]
        self._address_prefixes = [key("address_sends", ""), key("address_checks", "")]
        self._now = now
        self._notifier = notifier
        self._save = Script(redis, "save_verification")
        self._cancel = Script(redis, "cancel_verification")

    async def save(self, record: Record, request_facts: RequestFacts, policy: Policy) -> StoredVerification:
        """Spend the limits, store the record and queue its SMS, all or nothing; a repeat gets the first result."""
        verification, secret, repeat, shown = self._own
        windows = self._windows(record, policy)
        keys = [
            verification + record.id,
            secret + record.id,
            self._key("number", record.app, record.name),
            self._key("pending", record.app, record.name),
            *self._queue,
            repeat + request_facts.repeat,
            shown + request_facts.shown,
            *self._address_prefixes,
            *[window for window, _, _ in windows],
        ]
        rules = [part for _, word, rules in windows for part in (word, rules)]
        match await self._save(
            keys, [self._now(), *_record_args(record, policy), *_policy_args(request_facts, policy), *rules]
        ):
            case [b"kept", id, now, expires_at, resend_at, attempts, sends, word, width, left]:
                self._notifier.notify()
                closest_limit = read_closest_limit(word, width, left)
                return StoredVerification(
                    id.decode(), Allowance(now, expires_at, resend_at or None, attempts, sends, closest_limit)
                )
            case [b"again", id, *numbers]:
                now, expires_at, resend_at, attempts, sends = map(int, numbers)
                return StoredVerification(id.decode(), Allowance(now, expires_at, resend_at or None, attempts, sends))
            case refused:
                raise refusal(refused)

    async def answered(self, request_facts: RequestFacts) -> bool:
        """Return whether this Idempotency-Key was answered before."""
        with redis_errors():
            return bool(request_facts.body and await self._redis.exists(self._key("repeat", request_facts.repeat)))

    async def cancel(self, id: str, *, app: str, policy: Policy) -> None:
        """Cancel a pending verification; raises `NoPendingVerification` when it has already ended."""
        keys = [self._key("verification", id), self._key("secret", id), self._key("number", app, "")]
        if await self._cancel(keys, [self._now(), app, policy.keep * 1000]) != [b"canceled"]:
            raise NoPendingVerification

    def _windows(self, record: Record, policy: Policy) -> list[tuple[str, str, str]]:
        """List the windows of a record's sends: key, limit, rules. A test number counts in none."""
        key, limits = self._key, policy.limits
        number = key("device_sends" if record.is_device else "sends", record.name)
        if record.is_test:
            return [(number, "sends_per_number", "")]
        windows = [
            (number, "sends_per_number", limits.sends_per_number),
            (key("app_sends", record.app), "sends_per_app", limits.sends_per_app),
            (key("country_sends", record.country), "sends_per_country", limits.sends_per_country),
        ]
        if record.subject:
            subject = key("subject_sends", record.app, record.subject)
            windows.append((subject, "sends_per_subject", limits.sends_per_subject))
        return [(window, word, limit.encoded) for window, word, limit in windows]


def _record_args(record: Record, policy: Policy) -> list[str | int | bytes]:
    """List the arguments of `save_verification` that describe the verification."""
    return [
        record.id,
        record.name,
        record.app,
        record.purpose,
        record.reference,
        record.sealed,
        record.secret,
        policy.code_lifetime * 1000,
        policy.keep * 1000,
        policy.attempts,
        policy.sends_per_verification,
        policy.resend_cooldown * 1000,
        "1" if record.is_test else "",
        "1" if record.is_device else "",
        record.subject,
        record.country,
        record.locale,
    ]


def _policy_args(request_facts: RequestFacts, policy: Policy) -> list[str | int | bytes]:
    """List the arguments of `save_verification` that describe the call."""
    return [
        " ".join(request_facts.address_keys),
        policy.limits.sends_per_address.encoded,
        "1" if policy.failure_watch else "",
        request_facts.body,
        REMEMBER_MS,
        request_facts.human_check,
    ]
