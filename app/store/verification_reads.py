"""Read a verification of an app with its status and messages."""

from collections.abc import Mapping, Sequence

from app.domain.errors import NoPendingVerification
from app.domain.status import Reason, Status
from app.domain.verification import HistoryEntry, Send, SentMessage, State, Verification
from app.store.context import StoreContext
from app.store.encryption import UnreadableNumber


class VerificationReads:
    """A read takes one script and one round trip; `now` is 0 for the server's clock."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._read = store.script("read_verification")

    async def read(self, id: str, *, app: str) -> Verification:
        """Read a verification of an app; raises `NoPendingVerification` when there is none that can be read."""
        key = self._store.key
        keys = [key("verification", id), key("messages", id), key("number", app, ""), key("message", "")]
        match await self._read(keys, {"now": self._store.now(), "app": app}):
            case [b"found", state, ended_at, fields, messages]:
                record = read_fields(fields)
            case _:
                raise NoPendingVerification
        try:
            return self._verification(id, State(state.decode()), ended_at or None, record, messages)
        except (LookupError, ValueError, UnreadableNumber):  # of another version, or damaged
            raise NoPendingVerification from None

    def _verification(
        self, id: str, state: State, ended_at: int | None, record: Mapping[str, bytes], messages: Sequence[list[bytes]]
    ) -> Verification:
        name, app, purpose = record["name"].decode(), record["app"].decode(), record["purpose"].decode()
        return Verification(
            id=id,
            state=state,
            phone=self._store.encryption.decrypt(record["number"], name=name, app=app, id=id, purpose=purpose),
            purpose=purpose,
            reference=record["reference"].decode() if "reference" in record else None,
            created_at=int(record["created"]),
            expires_at=int(record["expires"]),
            ended_at=ended_at,
            attempts_left=int(record["attempts"]),
            sends_left=int(record["sends"]),
            sends=_sends(record, messages),
        )


def _sends(record: Mapping[str, bytes], messages: Sequence[list[bytes]]) -> list[Send]:
    """Group the messages by send, in the order in which they were opened."""
    times = {int(name[5:]): int(at) for name, at in record.items() if name.startswith("send:")}
    sends = {number: Send(at) for number, at in sorted(times.items())}
    for id, *flat in messages:
        fields = read_fields(flat)
        if fields:
            sends[int(fields["send"])].messages.append(read_sent_message(id.decode(), fields))
    return list(sends.values())


def read_sent_message(id: str, fields: Mapping[str, bytes]) -> SentMessage:
    """Read one message; raises `LookupError` or `ValueError` for one of another version."""
    text = {name: value.decode() for name, value in fields.items()}
    history = [line.split(" ", 2) for line in text["history"].split("\n")]
    return SentMessage(
        id=id,
        gateway=text["gateway"],
        status=Status(text["status"]),
        reason=Reason(text["reason"]) if "reason" in text else None,
        segments=int(text["segments"]) if "segments" in text else None,
        price=text.get("price"),
        history=[HistoryEntry(int(at), Status(status), word) for at, status, word in history],
    )


def read_fields(flat: Sequence[bytes]) -> dict[str, bytes]:
    """Return the fields of a hash, whose names and values alternate."""
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
