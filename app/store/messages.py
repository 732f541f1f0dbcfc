"""Store the status of each SMS; a status never moves backwards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, cast

from app.domain.delivery_attempt import DeliveryAttempt, Outcome, describe_outcome
from app.domain.errors import NoPendingVerification
from app.domain.gateway import GatewayError
from app.domain.jobs import ReportJob, SendJob
from app.domain.message import Accepted
from app.domain.outgoing_message import is_message_id
from app.domain.phone_number import PhoneNumber
from app.domain.prices import Charge
from app.domain.status import Reason, Status, replaceable_by
from app.store.caller_texts import CALLER_TEXT, CallerTexts
from app.store.context import StoreContext
from app.store.message_content import read_content
from app.store.scripts import Facts, redis_errors


class UnreadableRecord(Exception):
    """A record lacks a field without which its SMS cannot be sent."""


class ConcurrentUpdate(Exception):
    """Another worker has called a gateway for the same send since this one read it."""


@dataclass(frozen=True, slots=True, repr=False)
class SendSnapshot:
    """The record of a send before a gateway is called; times are milliseconds since 1970."""

    now: int
    expires_at: int
    secret: bytes
    phone: PhoneNumber
    tried: int
    delivery_attempts: Sequence[DeliveryAttempt]
    app: str
    purpose: str
    locale: str  # that was requested; "" for the default of the number's country
    reference: str
    opted_out_at: str  # the gateway that reported an opt-out of the recipient from codes, or ""
    requested_at: int  # milliseconds since 1970; 0 in the record of an earlier version
    text: str | None = ""  # that the caller wrote; "" for the app's own, None where it cannot be read
    code: str = ""  # in the text of an outgoing message
    is_message: bool = False  # an outgoing message, whose text is finished
    opted_out_senders: Collection[str] = ()  # from which the recipient wants no message without a code

    @property
    def has_code(self) -> bool:
        """Return whether the SMS has a code: it goes before all others, and a second one does no harm."""
        return not self.is_message or bool(self.code)

    @property
    def left_ms(self) -> int:
        """Return for how long it may still be sent, as of `now`."""
        return self.expires_at - self.now


@dataclass(frozen=True, slots=True)
class AppliedReport:
    """What a report did: `moved`, `kept`, `parked` or `unknown`; and of its message, if found, ids and country.

    `seconds` is the time since the gateway accepted the message; None if it is not known to have done so.
    """

    result: str
    message: str = ""
    verification: str = ""
    request_id: str = ""
    country: str = ""
    seconds: float | None = None


class Messages:
    """Each method takes one script and one round trip; `now` is 0 for the server's clock."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._texts = CallerTexts(store)
        self._read_send = store.script("read_send")
        self._open = store.script("open_message")
        self._record_outcome = store.script("record_outcome")
        self._apply = store.script("apply_report")

    async def read_send(self, job: SendJob) -> SendSnapshot:
        """Read a send; raises `NoPendingVerification` when its verification or message has ended.

        The text that a caller wrote for a verification takes one more round trip.
        Raises `UnreadableRecord` for a record that lacks a field, and `UnreadableNumber` where this process does not
        have the key of its number (yet, or any more).
        """
        key, id = self._store.key, job.record
        prefixes = [key("message", ""), key("number", ""), key("")]
        is_message = is_message_id(id)
        keys = [key.record(id), key("text" if is_message else "secret", id), key("messages", id), *prefixes]
        match await self._read_send(keys, {"now": self._store.now(), "send": job.send}):
            case [b"go", now, expires_at, secret, sealed, tried, delivery_attempts, *texts]:
                app, purpose, name, locale, reference, opted_out_at, requested_at, senders = (
                    text.decode() for text in texts
                )
                code, text = "", cast("str | None", "")
                if is_message:
                    code, text = read_content(self._store.encryption.decrypt_text(secret, app=app, id=id))
                elif locale == CALLER_TEXT:
                    text = await self._texts.read(app=app, id=id)
                return SendSnapshot(
                    now=now,
                    expires_at=expires_at,
                    secret=secret,
                    phone=self._store.encryption.decrypt(sealed, name=name, app=app, id=id, purpose=purpose),
                    tried=tried,
                    delivery_attempts=[_delivery_attempt(call) for call in delivery_attempts],
                    app=app,
                    purpose=purpose,
                    locale=locale,
                    reference=reference,
                    opted_out_at=opted_out_at,
                    requested_at=int(requested_at or 0),
                    text=text,
                    code=code,
                    is_message=is_message,
                    opted_out_senders=senders.split("\n") if senders else (),
                )
            case [b"unreadable"]:
                raise UnreadableRecord
            case _:
                raise NoPendingVerification

    async def open(
        self,
        job: SendJob,
        *,
        message_id: str,
        gateway: str,
        by: str,
        tried: int,
        why: str,
        country: str,
        sender: str = "",
    ) -> int:
        """Open a message for one call, or reopen one that was not sent; return the time in milliseconds since 1970.

        An opt-out that the vendor reports of an outgoing message is one from `sender`; "" where it is not called.
        Raises `NoPendingVerification`, or `ConcurrentUpdate` where the send had more tries than the caller's `tried`.
        """
        key, id = self._store.key, job.record
        keys = [key.record(id), key("messages", id), key("message", message_id), key("number", "")]
        facts: Facts = {
            "now": self._store.now(),
            "send": job.send,
            "id": message_id,
            "gateway": gateway,
            "sender": sender,
            "verification": id,
            "job": by,
            "tried": tried,
            "why": why,
            "country": country,
            "request_id": job.request_id,
        }
        match await self._open(keys, facts):
            case [b"open", now]:
                return int(now)
            case [b"overtaken"]:
                raise ConcurrentUpdate
            case _:
                raise NoPendingVerification

    async def record_outcome(
        self,
        outcome: Accepted | GatewayError,
        *,
        message_id: str,
        gateway: str,
        patience_ms: int = 0,
        charge: Charge | None = None,
    ) -> DeliveryAttempt:
        """Store the outcome of a gateway call, and apply the reports that arrived before it.

        After `patience_ms` without a report the send is queued once more; 0 disables that. `charge` is what an accepted
        message costs.
        """
        kind, status, word, reason = describe_outcome(outcome)
        facts: Facts = {"outcome": kind, "status": status, "word": word, "reason": reason}
        vendor_name = ""
        if isinstance(outcome, Accepted):
            vendor_name = self._store.encryption.name_vendor_id(outcome.id)
            facts |= {
                "segments": outcome.segments or "",
                "price": outcome.price or "",
                "report_wait": patience_ms or "",
            }
            facts |= _charge_facts(charge)
        answer = await self._record(facts, message_id=message_id, gateway=gateway, vendor_name=vendor_name)
        match answer:
            case [b"recorded", new_status, why]:
                return DeliveryAttempt(message_id, gateway, kind, Status(new_status.decode()), _reason(why))
            case _:  # the record was deleted meanwhile, and its messages with it
                return DeliveryAttempt(message_id, gateway, kind, status)

    async def mark_abandoned(self, delivery_attempt: DeliveryAttempt) -> None:
        """Mark a call whose outcome is lost as abandoned; a report may still change its status."""
        facts: Facts = {"outcome": Outcome.ABANDONED, "status": Status.UNKNOWN, "word": "abandoned"}
        await self._record(facts, message_id=delivery_attempt.message_id, gateway=delivery_attempt.gateway)

    async def _record(self, facts: Facts, *, message_id: str, gateway: str, vendor_name: str = "") -> Any:  # noqa: ANN401  an untyped Redis reply
        key = self._store.key
        keys = [
            key("message", message_id),
            key("vendor", gateway, vendor_name),
            key("parked", gateway),
            key("parked_at", gateway),
            key("silences"),
            key(""),
        ]
        may_follow = ",".join(replaceable_by(Status(str(facts["status"]))))
        shared: Facts = {"now": self._store.now(), "id": message_id, "from": may_follow, "vendor_id": vendor_name}
        return await self._record_outcome(keys, shared | facts)

    async def apply(self, job: ReportJob, *, further: bool = False, charge: Charge | None = None) -> AppliedReport:
        """Apply a report to its message's status, and its price to what the message costs, which is `charge`.

        `further` queues the send again for another gateway where the report changes the status.
        """
        key = self._store.key
        keys = [
            key("message", ""),
            key("vendor", job.gateway, job.vendor_name),
            key("parked", job.gateway),
            key("parked_at", job.gateway),
            key("counts", job.gateway),
            key("sends_queue"),
            key(""),
        ]
        facts: Facts = {
            "now": self._store.now(),
            "gateway": job.gateway,
            "reference": job.reference,
            "vendor_id": job.vendor_name,
            "recipient": job.recipient_name,
            "status": job.status,
            "from": ",".join(replaceable_by(job.status)),
            "word": job.word,
            "reason": job.reason,
            "price": job.price,
            "further": "1" if further else "",
        }
        match await self._apply(keys, facts | _charge_facts(charge)):
            case [result, now, *ids, accepted_at]:
                message, verification, request_id, country = (text.decode() for text in ids)
                seconds = (now - accepted_at) / 1000 if accepted_at else None
                return AppliedReport(result.decode(), message, verification, request_id, country, seconds)
            case [result, *_]:
                return AppliedReport(result.decode())
            case _:
                raise AssertionError("the script returns its result first")

    async def count_refused(self, gateway: str) -> None:
        """Count a call to a gateway's report URL that failed authentication or could not be parsed."""
        with redis_errors():
            await self._store.redis.hincrby(self._store.key("counts", gateway), "refused", 1)

    async def counts(self, gateway: str) -> dict[str, int]:
        """Return the reports of a gateway, counted by result."""
        with redis_errors():
            counts = await self._store.redis.hgetall(self._store.key("counts", gateway))
        return {word.decode(): int(count) for word, count in cast("Any", counts).items()}


def _charge_facts(charge: Charge | None) -> Facts:
    """Write what a message costs as `message_cost` reads it."""
    if charge is None:
        return {}
    return {
        "currency": charge.currency,
        "cost": "" if charge.expected is None else charge.expected,
        "reported": "" if charge.reported is None else charge.reported,
        "least": charge.least,
        "most": charge.most,
    }


def _delivery_attempt(fields: Sequence[bytes]) -> DeliveryAttempt:
    id, gateway, outcome, status, reason, job = (part.decode() for part in fields)
    return DeliveryAttempt(id, gateway, Outcome(outcome), Status(status), _reason(reason.encode()), job)


def _reason(value: bytes) -> Reason | None:
    return Reason(value.decode()) if value else None
