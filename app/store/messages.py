"""Keeps where each SMS stands; a status never moves backwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis

from app.domain.delivery_attempt import DeliveryAttempt, Outcome
from app.domain.errors import NoPendingVerification
from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.jobs import ReportJob, SendJob
from app.domain.message import Accepted
from app.domain.status import Reason, Status, replaceable_by
from app.store.keyspace import Keyspace
from app.store.scripts import Script, redis_errors


class ConcurrentUpdate(Exception):
    """Another worker has asked a gateway for the same send since we looked."""


@dataclass(frozen=True, slots=True, repr=False)
class SendSnapshot:
    """What the record says of a send before a gateway is asked; times are milliseconds since 1970."""

    now: int
    expires_at: int
    secret: bytes
    sealed: bytes
    tried: int
    delivery_attempts: Sequence[DeliveryAttempt]
    app: str
    purpose: str
    name: str
    locale: str  # that was asked for; "" for the number's country's
    reference: str
    opted_out_at: str  # the gateway that its person told to stop, or ""


class Messages:
    """One script, one round trip each; `now` is 0 for the server's clock."""

    def __init__(self, redis: Redis, keys: Keyspace, *, now: Callable[[], int]) -> None:
        self._redis = redis
        self._key = keys.of
        self._now = now
        self._look = Script(redis, "read_send")
        self._open = Script(redis, "open_message")
        self._settle = Script(redis, "record_outcome")
        self._apply = Script(redis, "apply_report")

    async def look(self, job: SendJob) -> SendSnapshot:
        """Read a send; raises `NoPendingVerification` when its verification has ended."""
        key, id = self._key, job.verification
        prefixes = [key("message", ""), key("number", ""), key("opted_out", "")]
        keys = [key("verification", id), key("secret", id), key("messages", id), *prefixes]
        match await self._look(keys, [self._now(), job.send]):
            case [b"go", now, expires_at, secret, sealed, *texts, tried, delivery_attempts]:
                said = [text.decode() for text in texts]
                calls = [_delivery_attempt(call) for call in delivery_attempts]
                return SendSnapshot(now, expires_at, secret, sealed, tried, calls, *said)
            case _:
                raise NoPendingVerification

    async def open(self, job: SendJob, *, message_id: str, gateway: str, by: str, tried: int, why: str) -> int:
        """Open a message for one call, or one again that did not go out; gives the moment, milliseconds since 1970.

        Raises `NoPendingVerification`, or `ConcurrentUpdate` where the send was `tried` more often than the caller knows.
        """
        key, id = self._key, job.verification
        keys = [key("verification", id), key("messages", id), key("message", message_id), key("number", "")]
        match await self._open(keys, [self._now(), job.send, message_id, gateway, id, by, tried, why]):
            case [b"open", now]:
                return int(now)
            case [b"overtaken"]:
                raise ConcurrentUpdate
            case _:
                raise NoPendingVerification

    async def settle(
        self, outcome: Accepted | GatewayError, *, message_id: str, gateway: str, vendor_name: str, patience_ms: int = 0
    ) -> DeliveryAttempt:
        """Remember what the gateway answered, and apply reports that were faster than its answer.

        After `patience_ms` without a report the send is queued once more; 0 waits as long as the code lives.
        """
        key = self._key
        keys = [
            key("message", message_id),
            key("vendor", gateway, vendor_name),
            key("early", gateway),
            key("early_at", gateway),
            key("silences"),
            key("opted_out", ""),
        ]
        kind, status, word, reason = _outcome_args(outcome)
        sent = outcome if isinstance(outcome, Accepted) else Accepted("")
        patience_ms = patience_ms if vendor_name else 0
        facts: list[str | int] = [vendor_name, str(sent.segments or ""), sent.price or "", patience_ms]
        change: list[str] = [kind, status, ",".join(replaceable_by(status)), word, reason]
        match await self._settle(keys, [self._now(), message_id, *change, *facts]):
            case [b"settled", stands, why]:
                return DeliveryAttempt(message_id, gateway, kind, Status(stands.decode()), _reason(why))
            case _:  # the record has gone meanwhile, and its messages with it
                return DeliveryAttempt(message_id, gateway, kind, status)

    async def leave(self, delivery_attempt: DeliveryAttempt) -> None:
        """Remember that nobody will hear how a call ended; a report may still tell."""
        key, gateway = self._key, delivery_attempt.gateway
        keys = [key("message", delivery_attempt.message_id), key("vendor", gateway, ""), key("early", gateway)]
        keys += [key("early_at", gateway), key("silences"), key("opted_out", "")]
        change = [Outcome.ABANDONED, Status.UNKNOWN, "", "left in hand", ""]
        await self._settle(keys, [self._now(), delivery_attempt.message_id, *change, "", "", "", 0])

    async def apply(self, job: ReportJob, *, further: bool = False) -> str:
        """Move the message's status by a report; tells `moved`, `kept`, `parked` or `unknown`.

        `further` queues the send once more where the report moves it, for another gateway.
        """
        key = self._key
        keys = [
            key("message", ""),
            key("vendor", job.gateway, job.vendor_name),
            key("early", job.gateway),
            key("early_at", job.gateway),
            key("counts", job.gateway),
            key("sends_queue"),
            key("opted_out", ""),
        ]
        facts = [job.gateway, job.reference, job.vendor_name, job.recipient_name]
        change = [job.status, ",".join(replaceable_by(job.status)), job.word, job.reason]
        answer = await self._apply(keys, [self._now(), *facts, *change, "1" if further else ""])
        return str(answer[0].decode())

    async def count_refused(self, gateway: str) -> None:
        """Count a call to a gateway's report address that was not believed or could not be read."""
        with redis_errors():
            await self._redis.hincrby(self._key("counts", gateway), "refused", 1)

    async def counts(self, gateway: str) -> dict[str, int]:
        """Tell how many reports of a gateway moved a message, or what else became of them."""
        with redis_errors():
            counts = await self._redis.hgetall(self._key("counts", gateway))
        return {word.decode(): int(count) for word, count in cast("Any", counts).items()}


def _delivery_attempt(said: Sequence[bytes]) -> DeliveryAttempt:
    id, gateway, outcome, status, reason, job = (part.decode() for part in said)
    return DeliveryAttempt(id, gateway, Outcome(outcome), Status(status), _reason(reason.encode()), job)


def _reason(said: bytes) -> Reason | None:
    return Reason(said.decode()) if said else None


def _outcome_args(outcome: Accepted | GatewayError) -> tuple[Outcome, Status, str, str]:
    """Say in the words of a history what a gateway answered: outcome, status, its own word, reason."""
    match outcome:
        case Accepted():
            return Outcome.ACCEPTED, Status.SENT, "accepted", ""
        case Refused():
            return Outcome.REFUSED, Status.FAILED, outcome.word or "refused", outcome.reason
        case Unreachable():
            return Outcome.UNREACHABLE, Status.UNKNOWN, outcome.word or "unreachable", outcome.reason
        case Unsure():
            return Outcome.UNSURE, Status.UNKNOWN, outcome.word or "unsure", outcome.reason
        case _:
            raise AssertionError("a gateway error is refused, unreachable or unsure") from outcome
