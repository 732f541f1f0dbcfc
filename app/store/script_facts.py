"""Write calls and limits as the scripts read them, and read the scripts' refusals."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson

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
from app.domain.limits import WATCHED_RULE, Counted, Fact, Limits, Unit, entry_of
from app.domain.request_context import RequestContext
from app.logs import log
from app.store.context import StoreContext
from app.store.keyspace import Keyspace
from app.store.scripts import Facts

_BUSY = "Too many messages wait to be sent. Try again in a moment."
_BUSY_WAIT = 10
_REFUSALS: dict[bytes, type[OtpError]] = {
    b"blocked": DestinationBlocked,
    b"human check used": HumanCheckFailed,
    b"reused": IdempotencyKeyReused,
    b"unknown key": TemporarilyUnavailable,
}


@cache  # two entries for each app; settings do not change
def limits_fact(limits: Limits, counted: Counted, key: Keyspace, *, watch: bool) -> bytes:
    """Write the limits that count this and are not off, as `limit_check.lua` reads them.

    With `watch`, the failure watch's rule follows those of wrong codes.
    """
    entries = []
    for entry, limit in limits.of(counted):
        watched = WATCHED_RULE.rules if watch and counted is Counted.WRONG_CODES else ()
        if rules := [[count, seconds * 1000] for count, seconds in (*limit.rules, *watched)]:
            fields: dict[str, Any] = {
                "name": entry.name,
                "fact": entry.fact,
                "prefix": key(entry.key, ""),
                "rules": rules,
            }
            if entry.device_key:
                fields["device_prefix"] = key(entry.device_key, "")
            if entry.is_refunded:
                fields["is_refunded"] = True
            if entry.is_warned:
                fields["is_warned"] = True
            if entry.unit is Unit.MONEY:
                fields["is_money"] = True
            entries.append(fields)
    return orjson.dumps(entries) if entries else b""


class CallFacts:
    """Writes the keys and facts of calls, which three scripts share."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._shared_keys = [store.key(name) for name in ("sends_queue", "later", "blocked", "failure_watch")]

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
        policy, key = call.app.policy, self._store.key
        return {
            "app": call.app.name,
            "address_keys": self._store.encryption.name_address(call.address),
            "send_limits": limits_fact(policy.limits, Counted.SENDS, key, watch=policy.failure_watch),
            "check_limits": limits_fact(policy.limits, Counted.WRONG_CODES, key, watch=policy.failure_watch),
            "watch": "1" if policy.failure_watch else "",
            "body": self._store.body_name(call.idempotency),
            "remember": remember,
            "request_id": call.request_id,
            "traceparent": call.traceparent,
            "operators": self._store.operators,
        }


def human_check_facts(human_check: HumanCheckState) -> Facts:
    """Write a human check: the milliseconds for which its token is stored, its work, and when one is required."""
    passed = human_check.passed
    return {
        "human": passed.lifetime * 1000 if passed else human_check.required,
        "work": (passed and passed.work) or "",
        "suspicion": "1" if human_check.required == "if_suspicious" else "",
    }


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
        case [b"human check required", int(work)]:
            return HumanCheckRequired(work=work)
        case [b"busy"]:
            return TemporarilyUnavailable(_BUSY, wait=_BUSY_WAIT)
        case [bytes(word)] if word in _REFUSALS:
            return _REFUSALS[word]()
        case _:
            return NoPendingVerification()


def log_limit_warnings(warnings: Sequence[Sequence[Any]]) -> None:
    """Log the limits of which half or four fifths were just spent, each as `limit_warning` found it."""
    for word, value, width, percent in warnings:
        limit = word.decode()
        facts = {"app" if entry_of(limit).fact is Fact.APP else "country": value.decode()}
        log.warning("limit_share_spent", limit=limit, **facts, window=width // 1000, percent=percent)


def read_closest_limit(word: bytes, width: int, left: int) -> ClosestLimit | None:
    """Read the limit that has the least left; None where nothing is limited."""
    return ClosestLimit(word.decode(), width // 1000, left) if word else None
