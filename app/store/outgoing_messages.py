"""Store outgoing messages, cancel them, and store what became of their codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.domain.app import App
from app.domain.durations import whole_seconds
from app.domain.errors import (
    DestinationBlocked,
    IdempotencyKeyReused,
    InvalidRequest,
    NoSuchMessage,
    OptedOut,
    OtpError,
    RateLimited,
)
from app.domain.limit_entry import Counted
from app.domain.limits import OF_A_CODE, OF_A_MESSAGE
from app.domain.outgoing_message import NewMessage
from app.domain.request_context import RequestContext
from app.domain.status import Status
from app.store.context import StoreContext
from app.store.guard_verdicts import guard_refusal, note_verdict
from app.store.limit_facts import limits_fact
from app.store.message_content import write_content
from app.store.script_facts import REMEMBER_MS, CallFacts, log_limit_warnings, queue_is_full
from app.store.scripts import Facts

_NO_CODE = "This message has no code, so it has no outcome: report those of messages that were sent with `code`."


@dataclass(slots=True, repr=False)
class MessageBatch:
    """Messages of one request, at most 50; durations are seconds, `send_at` milliseconds since 1970 or 0."""

    call: RequestContext
    messages: Sequence[NewMessage]
    purpose: str
    reference: str | None
    lifetime: int
    send_at: int
    has_code: bool
    subjects: Sequence[str] = ()


class OutgoingMessages:
    """Each method takes one script and one round trip; `now` is 0 for the server's clock."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._calls = CallFacts(store)
        self._save = store.script("save_messages")
        self._cancel = store.script("cancel_message")
        self._end = store.script("end_message")
        self._report_outcome = store.script("report_outcome")

    async def save(self, batch: MessageBatch) -> list[str | OtpError]:
        """Judge each message by itself, store and queue what is accepted; return each one's id, or its refusal.

        A repeat of the call's Idempotency-Key gets the first answer. Raises `IdempotencyKeyReused`.
        """
        key, app = self._store.key, batch.call.app.name
        keys = [
            *(key(name) for name in ("sends_queue", "later", "messages_queue", "scheduled", "blocked")),
            self._store.idempotency_key(batch.call.idempotency),
            key(""),
        ]
        facts = self._facts_of(batch)
        for number, message in enumerate(batch.messages, start=1):
            facts |= {f"{number}.{name}": value for name, value in self._recipient(batch, message).items()}
        match await self._save(keys, facts):
            case [b"saved", answers, warnings]:
                self._store.notifier.notify()
                log_limit_warnings(warnings)
            case [b"again", answers]:
                pass
            case _:
                raise IdempotencyKeyReused
        return [_read_answer(answer, app) for answer in orjson.loads(answers)]

    async def cancel(self, id: str, app: App) -> None:
        """Cancel a message that waits; raises `NoSuchMessage` when there is none, or a gateway was called for it."""
        key = self._store.key
        keys = [key("outgoing", id), key("text", id), key("scheduled")]
        facts: Facts = {"now": self._store.now(), "id": id, "app": app.name, "keep": app.policy.keep * 1000}
        if await self._cancel(keys, facts) != [b"canceled"]:
            raise NoSuchMessage

    async def end(self, id: str, status: Status) -> bool:
        """Erase the text of a message that will not be sent any more; return False where it has ended already.

        It is `expired` only if no gateway took it, and its time is over or too short for a further try.
        """
        key = self._store.key
        facts: Facts = {"now": self._store.now(), "id": id, "status": status}
        keys = [key("outgoing", id), key("text", id), key("messages", id), key("")]
        return bool(await self._end(keys, facts) == [b"ended"])

    async def report_outcome(self, id: str, app: App, *, approved: bool) -> None:
        """Store whether the code of a message was approved; only the first report counts.

        Raises `NoSuchMessage`, or `InvalidRequest` for a message without a code.
        """
        key = self._store.key
        keys = [key("outgoing", id), key("outcomes_reported", app.name), key("")]
        facts: Facts = {"now": self._store.now(), "app": app.name, "outcome": "approved" if approved else "wrong"}
        match await self._report_outcome(keys, facts):
            case [b"gone"]:
                raise NoSuchMessage
            case [b"no code"]:
                raise InvalidRequest(_NO_CODE, [("path:id", _NO_CODE)])

    def _facts_of(self, batch: MessageBatch) -> Facts:
        call, policy, encryption = batch.call, batch.call.app.policy, self._store.encryption
        subjects = [encryption.name_subject(one, app=call.app.name, is_backend=True) for one in batch.subjects]
        counted = OF_A_CODE if batch.has_code else OF_A_MESSAGE
        callers = frozenset({call.caller_kind})
        facts = self._calls.of_send(call, remember=REMEMBER_MS) | {
            "send_limits": limits_fact(call.app, self._store.key, *counted, Counted.TEST_SENDS, callers=callers),
            "now": self._store.now(),
            "purpose": batch.purpose,
            "reference": batch.reference or "",
            "lifetime": batch.lifetime * 1000,
            "keep": policy.keep * 1000,
            "send_at": batch.send_at or "",
            "has_code": "1" if batch.has_code else "",
            "subject": " ".join(dict.fromkeys(subjects)),
            "events": call.app.events.wants,
            "guard": policy.guard.fact,
            "watch": "",  # it counts checks of codes of ours
            "count": len(batch.messages),
        }
        return facts if batch.has_code else facts | {"address_keys": "", "subject": "", "key_without_address": ""}

    def _recipient(self, batch: MessageBatch, new: NewMessage) -> Facts:
        encryption, app = self._store.encryption, batch.call.app.name
        facts: Facts = {
            "id": new.id,
            "name": encryption.name_number(new.phone.e164),
            "sealed": encryption.encrypt(new.phone, app=app, id=new.id, purpose=batch.purpose),
            "country": new.phone.country,
        }
        if batch.call.app.events.wants:
            facts["masked"] = str(new.phone)
        if new.is_test:
            return facts | {"test": "1"}
        facts["cost"] = new.cost
        if batch.call.app.policy.guard.fact:
            facts |= encryption.name_destination(new.phone.e164, app=app)
        if new.senders:
            facts["senders"] = "\n".join(new.senders)
        content = write_content(code=new.code, text=new.text)
        return facts | {"text": encryption.encrypt_text(content, app=app, id=new.id)}


def _read_answer(answer: list[Any], app: str) -> str | OtpError:
    match answer:
        case ["kept", str(id), *verdict]:
            note_verdict("".join(verdict).encode(), app)
            return id
        case ["limited", now, retry_at, limit, width]:
            return RateLimited(limit, wait=whole_seconds(round(retry_at - now)), window=round(width) // 1000)
        case ["guard", verdict]:
            return guard_refusal(verdict.encode(), 0, app)
        case ["opted_out"]:
            return OptedOut()
        case ["busy"]:
            return queue_is_full()
        case _:
            return DestinationBlocked()
