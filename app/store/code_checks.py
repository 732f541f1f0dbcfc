"""Check codes against the stored digests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from app.domain.errors import IncorrectCode, NoPendingVerification
from app.domain.limit_entry import Counted
from app.domain.phone_number import PhoneNumber
from app.domain.verification import ApprovedVerification, CodeCheck
from app.logs import log
from app.store.context import StoreContext
from app.store.encryption import UnreadableNumber
from app.store.limit_facts import limits_fact
from app.store.script_facts import CallFacts, purposes_fact, read_closest_limit, refusal
from app.store.scripts import Facts, redis_errors

REMEMBER_MS = 60_000
_MAX_CANDIDATES = 50
"""Verifications of a number that one check reads: it bounds the work of the script."""


@dataclass(slots=True, repr=False)
class Candidate:
    """A verification to check a guess against, and the guess digested with each key in rotation."""

    id: str
    digests: Sequence[tuple[str, bytes]]


class CodeChecks:
    """Checks take one script and one round trip; two round trips when only the number is known."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._calls = CallFacts(store)
        self._check = store.script("check_code", replicated=True)

    async def find(self, phone: PhoneNumber, code_check: CodeCheck) -> list[str]:
        """List the ids of a number's newest 50 verifications, newest last; some may have ended."""
        app, purposes = code_check.call.app.name, code_check.purposes
        name = self._store.encryption.name_number(phone.e164)
        with redis_errors():
            members = await self._store.redis.zrange(self._store.key("pending", app, name), -_MAX_CANDIDATES, -1)
        entries = [entry.decode().split("/") for entry in cast("list[bytes]", members)]
        return [verification for purpose, verification in entries if not purposes or purpose in purposes]

    async def check(self, candidates: Sequence[Candidate], code_check: CodeCheck) -> ApprovedVerification:
        """Count the guess and use up the verification that it matches; a repeat gets the same result for 60 s.

        Raises `IncorrectCode`, `TooManyAttempts`, `RateLimited` or `NoPendingVerification`;
        `TemporarilyUnavailable` where the code was made with a key that this process does not have (yet, or any more).
        """
        if not candidates:
            raise NoPendingVerification
        key, call = self._store.key, code_check.call
        keys = [
            key("number", call.app.name, ""),
            self._store.idempotency_key(call.idempotency),
            key(""),
            *[key(kind, candidate.id) for candidate in candidates for kind in ("verification", "secret")],
        ]
        facts: Facts = {
            **self._calls.of(call, remember=REMEMBER_MS),
            **_guess_facts(candidates),
            "now": self._store.now(),
            "purposes": purposes_fact(code_check.purposes),
            "send_limits": self._calls.send_limits(call),
            "check_limits": limits_fact(call.app, key, Counted.WRONG_CODES),
            "approved_limits": limits_fact(call.app, key, Counted.APPROVED_SENDS),
            "keep": call.app.policy.keep * 1000,
        }
        match await self._check(keys, facts):
            case [b"right", *answer, raised, country, gateway]:
                _log_failure_watch(raised, call.app.name)
                approved = self._approved(answer, call.app.name)
                approved.country, approved.gateway = country.decode(), gateway.decode()
                return approved
            case [b"again", *answer]:
                return self._approved(answer, call.app.name)
            case [b"wrong", attempts_left, raised, word, width, left]:
                _log_failure_watch(raised, call.app.name)
                raise IncorrectCode(attempts_left=attempts_left, closest_limit=read_closest_limit(word, width, left))
            case refused:
                raise refusal(refused)

    def _approved(self, answer: list[Any], app: str) -> ApprovedVerification:
        id, at, purpose, reference, sealed, name, test, *_ = answer
        try:
            phone = self._store.encryption.decrypt(
                sealed, name=name.decode(), app=app, id=id.decode(), purpose=purpose.decode()
            )
        except UnreadableNumber:
            raise NoPendingVerification from None
        return ApprovedVerification(
            id=id.decode(),
            app=app,
            phone=phone,
            purpose=purpose.decode(),
            reference=reference.decode() or None,
            approved_at=int(at),
            is_test=test == b"1",
        )


def _guess_facts(candidates: Sequence[Candidate]) -> Facts:
    """Return the facts of each candidate, by its position from 1: its id, and a digest for each key."""
    facts: Facts = {}
    for n, candidate in enumerate(candidates, 1):
        facts[f"id:{n}"] = candidate.id
        facts |= {f"guess:{n}:{key_id}": digest for key_id, digest in candidate.digests}
    return facts


def _log_failure_watch(raised: bytes, app: str) -> None:
    """Log a warning for each failure watch that a check raises: that of its app, and that of all apps."""
    for word in raised.decode().split():
        log.warning("failure_watch_raised", **({"app": app} if word == "app" else {}))
