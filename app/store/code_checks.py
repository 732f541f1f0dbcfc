"""Check codes against the stored digests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from app.domain.errors import IncorrectCode, NoPendingVerification
from app.domain.policy import Policy
from app.logs import log
from app.store.keyspace import Keyspace
from app.store.request_facts import RequestFacts, read_closest_limit, refusal
from app.store.scripts import Script, redis_errors

REMEMBER_MS = 60_000


@dataclass(slots=True, repr=False)
class Candidate:
    """A verification to check a guess against, and the guess digested with each key in rotation."""

    id: str
    digests: Sequence[tuple[str, bytes]]


@dataclass(slots=True, repr=False)
class ApprovedRecord:
    """The verification that a guess approved, with the values of its record; `at` is milliseconds since 1970."""

    id: str
    at: int
    purpose: str
    reference: str
    sealed: bytes
    name: str
    is_test: bool


class CodeChecks:
    """Checks take one script and one round trip; two round trips when only the number is known."""

    def __init__(self, redis: Redis, keys: Keyspace, *, now: Callable[[], int]) -> None:
        self._redis = redis
        self._key = key = keys.of
        self._prefixes = [key(kind, "") for kind in ("sends", "device_sends", "address_sends", "address_checks")]
        self._own = [key(kind, "") for kind in ("verification", "secret")]
        self._once = [key("watch_checks"), key("watch_failures"), key("alarm")]
        self._now = now
        self._check = Script(redis, "check_code")

    async def find(self, *, app: str, name: str, purposes: frozenset[str]) -> list[str]:
        """List the ids of a number's verifications, newest last; some may have ended. An empty `purposes` means all."""
        with redis_errors():
            members = await self._redis.zrange(self._key("pending", app, name), 0, -1)
        entries = [entry.decode().split("/") for entry in cast("list[bytes]", members)]
        return [verification for purpose, verification in entries if not purposes or purpose in purposes]

    async def check(
        self, candidates: Sequence[Candidate], request_facts: RequestFacts, *, app: str, policy: Policy
    ) -> ApprovedRecord:
        """Count the guess and use up the verification that it matches; a repeat gets the same result for 60 s.

        Raises `IncorrectCode`, `TooManyAttempts`, `RateLimited` or `NoPendingVerification`;
        `TemporarilyUnavailable` where the code was made with a key that this process does not have (yet, or any more).
        """
        if not candidates:
            raise NoPendingVerification
        facts = [self._now(), app, request_facts.filter, policy.keep * 1000, *_policy_args(request_facts, policy)]
        match await self._check(
            self._keys(candidates, request_facts, app), [*facts, len(candidates[0].digests), *_attempt_args(candidates)]
        ):
            case [b"right", id, at, purpose, reference, sealed, name, test, raised]:
                _failure_message(raised)
            case [b"again", id, at, purpose, reference, sealed, name, test]:
                pass
            case [b"wrong", attempts_left, raised, word, width, left]:
                _failure_message(raised)
                raise IncorrectCode(attempts_left=attempts_left, closest_limit=read_closest_limit(word, width, left))
            case refused:
                raise refusal(refused)
        return ApprovedRecord(
            id.decode(), int(at), purpose.decode(), reference.decode(), sealed, name.decode(), test == b"1"
        )

    def _keys(self, candidates: Sequence[Candidate], request_facts: RequestFacts, app: str) -> list[str]:
        key = self._key
        pairs = [kind + candidate.id for candidate in candidates for kind in self._own]
        return [key("number", app, ""), *self._prefixes, *self._once, key("repeat", request_facts.repeat), *pairs]


def _policy_args(request_facts: RequestFacts, policy: Policy) -> list[str | int | bytes]:
    """List the arguments of `check_code` that describe the call and its limits."""
    limits = policy.limits
    rules = (limits.sends_per_number.encoded, limits.sends_per_address.encoded, limits.checks_per_address.encoded)
    return [
        *rules,
        " ".join(request_facts.address_keys),
        "1" if policy.failure_watch else "",
        request_facts.body,
        REMEMBER_MS,
    ]


def _attempt_args(candidates: Sequence[Candidate]) -> list[str | bytes]:
    """List each candidate's id, then its digests by key id."""
    guesses: list[str | bytes] = []
    for candidate in candidates:
        guesses.append(candidate.id)
        for pair in candidate.digests:
            guesses.extend(pair)
    return guesses


def _failure_message(raised: int) -> None:
    """Log a warning when a check raises the failure watch."""
    if raised:
        log.warning("failure_watch_raised")
