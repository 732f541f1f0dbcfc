"""Read a message of an app: an outgoing one, or an SMS of a verification."""

from collections.abc import Mapping, Sequence
from typing import Literal

from app.domain.delivery_attempt import Outcome
from app.domain.errors import NoSuchMessage
from app.domain.outgoing_message import OutgoingMessage, is_message_id
from app.domain.status import Status
from app.domain.verification import SentMessage
from app.store.context import StoreContext
from app.store.encryption import UnreadableNumber
from app.store.verification_reads import read_fields, read_sent_message

_UNSURE = {Outcome.UNSURE.encode(), Outcome.BUG.encode()}  # it may have been sent, and is not sent again


class MessageReads:
    """A read takes one script and one round trip; `now` is 0 for the server's clock."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._read = store.script("read_message")

    async def read(self, id: str, *, app: str) -> OutgoingMessage:
        """Read a message of an app; raises `NoSuchMessage` when there is none that can be read."""
        match await self._read([self._store.key("")], {"now": self._store.now(), "id": id, "app": app}):
            case [b"found", now, record_id, fields, messages]:
                record = read_fields(fields)
            case _:
                raise NoSuchMessage
        try:
            return self._message(id, record_id.decode(), int(now), record, messages)
        except (LookupError, ValueError, UnreadableNumber):  # of another version, or damaged
            raise NoSuchMessage from None

    def _message(
        self, id: str, record_id: str, now: int, record: Mapping[str, bytes], messages: Sequence[list[bytes]]
    ) -> OutgoingMessage:
        name, app, purpose = (record[field].decode() for field in ("name", "app", "purpose"))
        fields = [(one.decode(), read_fields(flat)) for one, *flat in messages if flat]
        sent = [read_sent_message(message_id, of) for message_id, of in fields]
        outcome = fields[-1][1].get("outcome", b"") if fields else b""
        is_outgoing = is_message_id(record_id)
        return OutgoingMessage(
            id=id,
            verification_id=None if is_outgoing else record_id,
            status=_status(record, sent, outcome, now),
            phone=self._store.encryption.decrypt(record["number"], name=name, app=app, id=record_id, purpose=purpose),
            purpose=purpose,
            reference=record["reference"].decode() if "reference" in record else None,
            created_at=int(record["created"]) if is_outgoing else sent[0].history[0].at,
            send_at=int(record["send_at"]) if "send_at" in record else None,
            expires_at=int(record["expires"]),
            messages=sent,
        )


def _status(
    record: Mapping[str, bytes], sent: Sequence[SentMessage], outcome: bytes, now: int
) -> Status | Literal["canceled"]:
    """Return the status of the last gateway's message, of whose call this is the outcome, or of one that has none."""
    if record["status"] == b"canceled" and not sent:
        return "canceled"
    if "test" in record:
        return Status.SENT
    status = sent[-1].status if sent else Status.QUEUED
    if status is not Status.QUEUED:
        return status
    if outcome in _UNSURE:
        return Status.UNKNOWN
    is_over = record["status"] == b"expired" or now >= int(record["expires"])
    return Status.EXPIRED if is_over else Status.QUEUED
