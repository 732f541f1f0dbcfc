"""Write calls and limits as the scripts read them, and read the scripts' refusals."""

from collections.abc import Callable, Sequence
from typing import Any

from app.domain.callers import DEVICES
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
from app.domain.human_check import MAX_WORK, HumanCheckState
from app.domain.limit import ClosestLimit
from app.domain.limit_entry import Counted, Fact
from app.domain.limits import OF_A_CODE, entry_of
from app.domain.request_context import RequestContext
from app.logs import log
from app.metrics.table import LIMIT_WARNINGS
from app.store.context import StoreContext
from app.store.guard_verdicts import guard_refusal
from app.store.limit_facts import SENDS_WITHOUT_ADDRESS, limits_fact
from app.store.scripts import Facts

_SENDS = (*OF_A_CODE, Counted.TEST_SENDS)
_BUSY = "Too many messages wait to be sent. Try again in a moment."
_BUSY_WAIT = 10
REMEMBER_MS = 24 * 3600 * 1000
"""How long the answer to an Idempotency-Key is stored, where an operation has no other duration."""


def queue_is_full() -> TemporarilyUnavailable:
    """Return the error of a queue that takes no more jobs at present."""
    return TemporarilyUnavailable(_BUSY, wait=_BUSY_WAIT)


_REFUSALS: dict[bytes, Callable[[], OtpError]] = {
    b"blocked": DestinationBlocked,
    b"busy": queue_is_full,
    b"human check used": HumanCheckFailed,
    b"reused": IdempotencyKeyReused,
    b"unknown key": TemporarilyUnavailable,
}


class CallFacts:
    """Writes the keys and facts of calls, which three scripts share."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._shared_keys = [store.key(name) for name in ("sends_queue", "later", "blocked")]

    def send_keys(self, call: RequestContext, human_check: HumanCheckState) -> list[str]:
        """Return the keys of a call that queues an SMS, in the order of both scripts that do."""
        passed = human_check.passed
        token = self._store.encryption.keyring.name("human_check", passed.token_id) if passed else ""
        return [
            *self._shared_keys,
            self._store.idempotency_key(call.idempotency),
            self._store.key("used_human_check", token),
        ]

    def of(self, call: RequestContext, *, remember: int) -> Facts:
        """Return the facts of a call; `remember` is how long its answer is stored, in milliseconds."""
        own = call.idempotency.seconds if call.idempotency else None
        return {
            "app": call.app.name,
            "caller": call.caller_kind,
            "public": "" if call.is_backend else "1",
            "address_keys": self._store.encryption.name_address(call.address),
            "watch": "1" if call.app.policy.failure_watch else "",
            "body": self._store.body_name(call.idempotency),
            "remember": own * 1000 if own else remember,
            "request_id": call.request_id,
            "traceparent": call.traceparent,
            "operators": self._store.operators,
        }

    def send_limits(self, call: RequestContext) -> bytes:
        """Write the limits that may count a send of a stored verification, whose record tells which ones do."""
        return limits_fact(call.app, self._store.key, *_SENDS, callers=DEVICES | {call.caller_kind})

    def of_send(self, call: RequestContext, *, remember: int) -> Facts:
        """Return the facts of a call that queues an SMS."""
        is_unaddressed = call.is_backend and call.address is None
        return self.of(call, remember=remember) | {"key_without_address": call.key if is_unaddressed else ""}


def human_check_facts(human_check: HumanCheckState) -> Facts:
    """Write a human check: for how many milliseconds its token is stored, its work, and when one is required."""
    passed = human_check.passed
    return {
        "human": passed.lifetime * 1000 if passed else human_check.required,
        "work": (passed and passed.work) or "",
        "most_work": MAX_WORK if passed or human_check.required else "",
        "suspicion": "1" if human_check.required == "if_suspicious" else "",
    }


def purposes_fact(purposes: frozenset[str]) -> str:
    """Write the purposes as the scripts search them: `,login,signup,`; "" for all."""
    return f",{','.join(sorted(purposes))}," if purposes else ""


def refusal(answer: object, app: str = "") -> OtpError:
    """Return the error for a script's refusal; `app` is named in the log where the fraud guard refused."""
    match answer:
        case [b"limited", int(now), int(retry_at), bytes(word), int(width)]:
            return RateLimited(word.decode(), wait=whole_seconds(retry_at - now), window=width // 1000)
        case [b"waiting" | b"spent", int(now), int(retry_at)]:
            return TooManyAttempts(wait=whole_seconds(retry_at - now))
        case [b"human check required", int(work)]:
            return HumanCheckRequired(work=work)
        case [b"guard", bytes(text), int(work)]:
            return guard_refusal(text, work, app)
        case [bytes(word)] if word in _REFUSALS:
            return _REFUSALS[word]()
        case _:
            return NoPendingVerification()


def log_limit_warnings(warnings: Sequence[Sequence[Any]]) -> None:
    """Log and count the limits of which half or four fifths were just spent, each as `limit_warning` found it."""
    for word, value, width, percent in warnings:
        limit = word.decode()
        if limit == SENDS_WITHOUT_ADDRESS:
            log.warning("client_ip_missing", key=value.decode(), percent=percent)
            continue
        facts = {"app" if entry_of(limit).fact is Fact.APP else "country": value.decode()}
        LIMIT_WARNINGS.count(limit, str(percent))
        log.warning("limit_share_spent", limit=limit, **facts, window=width // 1000, percent=percent)


def read_closest_limit(word: bytes, width: int, left: int) -> ClosestLimit | None:
    """Read the limit that has the least left; None where nothing is limited."""
    return ClosestLimit(word.decode(), width // 1000, left) if word else None
