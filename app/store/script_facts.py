"""Write calls and limits as the scripts read them, and read the scripts' refusals."""

from dataclasses import dataclass
from functools import cache

from app.domain.durations import whole_seconds
from app.domain.errors import (
    DestinationBlocked,
    HumanCheckFailed,
    HumanCheckRequired,
    IdempotencyKeyReused,
    NoPendingVerification,
    OtpError,
    RateLimited,
    TemporarilyUnavailable,
    TooManyAttempts,
)
from app.domain.human_check import HumanCheckState
from app.domain.limit import ClosestLimit
from app.domain.limits import WATCHED_RULE, Counted, Limits
from app.domain.request_context import RequestContext
from app.store.encryption import RecordEncryption
from app.store.keyspace import Keyspace

_BUSY = "Too many messages wait to be sent. Try again in a moment."
_BUSY_WAIT = 10
_REFUSALS: dict[bytes, type[OtpError]] = {
    b"blocked": DestinationBlocked,
    b"human check required": HumanCheckRequired,
    b"human check used": HumanCheckFailed,
    b"reused": IdempotencyKeyReused,
    b"unknown key": TemporarilyUnavailable,
}


@dataclass(frozen=True, slots=True)
class ScriptLimits:
    """The limits of an app that are not off, as `limit_check.lua` reads them: two keys for each, and its words."""

    keys: tuple[str, ...]
    sends: str
    wrong_codes: str


@cache  # one entry for each app; settings do not change
def script_limits(limits: Limits, keyspace: Keyspace, *, watch: bool) -> ScriptLimits:
    """Write the limits of sends and of wrong codes; with `watch`, the failure watch's rule follows the latter's."""
    keys: list[str] = []
    texts = []
    for counted in (Counted.SENDS, Counted.WRONG_CODES):
        words = []
        for entry, limit in limits.of(counted):
            rules = [limit.encoded] if limit.encoded else []
            rules += [WATCHED_RULE.encoded] if watch and counted is Counted.WRONG_CODES else []
            if rules:
                keys += [keyspace.of(entry.key, ""), keyspace.of(entry.device_key or entry.key, "")]
                words.append(
                    f"{entry.word} {entry.fact} {','.join(rules)} {'refunded' if entry.is_refunded else 'kept'}"
                )
        texts.append(" ".join(words))
    return ScriptLimits(tuple(keys), *texts)


def idempotency_name(call: RequestContext, encryption: RecordEncryption) -> str:
    """Return the name of a call's Idempotency-Key in its scope; "" without one."""
    return encryption.keyring.name("idempotency", call.idempotency.scope) if call.idempotency else ""


def body_fingerprint(call: RequestContext, encryption: RecordEncryption) -> str:
    """Return the name of the body of a call with an Idempotency-Key; "" without one."""
    return encryption.keyring.name("body", call.idempotency.body) if call.idempotency else ""


def human_check_name(human: HumanCheckState, encryption: RecordEncryption) -> str:
    """Return the name of the token of a passed human check; "" without one."""
    return encryption.keyring.name("human_check", human.passed.token_id) if human.passed else ""


def human_check_fact(human: HumanCheckState) -> str | int:
    """Write the human check: the milliseconds for which its token is stored, or when one is required."""
    return human.passed.lifetime * 1000 if human.passed else human.required


def purposes_fact(purposes: frozenset[str]) -> str:
    """Write the purposes as the scripts search them: `,login,signup,`; "" for all."""
    return f",{','.join(sorted(purposes))}," if purposes else ""


def refusal(answer: object) -> OtpError:
    """Return the error for a script's refusal."""
    match answer:
        case [b"limited", int(now), int(retry_at), bytes(word), int(width)]:
            return RateLimited(word.decode(), wait=whole_seconds(retry_at - now), window=width // 1000)
        case [b"waiting" | b"spent", int(now), int(retry_at)]:
            return TooManyAttempts(wait=whole_seconds(retry_at - now))
        case [b"busy"]:
            return TemporarilyUnavailable(_BUSY, wait=_BUSY_WAIT)
        case [bytes(word)] if word in _REFUSALS:
            return _REFUSALS[word]()
        case _:
            return NoPendingVerification()


def read_closest_limit(word: bytes, width: int, left: int) -> ClosestLimit | None:
    """Read the limit that has the least left; None where nothing is limited."""
    return ClosestLimit(word.decode(), width // 1000, left) if word else None
