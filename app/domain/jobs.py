"""Jobs: pieces of queued work. A job holds ids, never a code or a number.

Processes of two versions share the queues during an upgrade: a reader ignores fields that it does not know, and treats
a missing one as empty. A job without what it is about raises `UnreadableJob`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.outgoing_message import is_message_id
from app.domain.status import Status
from app.domain.traceparent import read_traceparent

VERSION = "1"


class UnreadableJob(Exception):
    """A job lacks what it is about, or holds something else in its place."""


@dataclass(frozen=True, slots=True)
class SendJob:
    """Deliver one send of a verification, or an outgoing message, whose only send is 1; `record` is its id.

    `silent` is the id of a message of it that no report arrived for in time; `replayed` says that an operator
    replayed the dead letter, so that earlier refusals no longer count. The last two join the lines of its log with
    those of the request that asked for it.
    """

    record: str
    send: int
    silent: str = ""
    replayed: bool = False
    request_id: str = ""
    traceparent: str = ""

    def fields(self) -> dict[str, str]:
        """Write it as the fields of a stream."""
        ids = {"silent": self.silent, "request_id": self.request_id, "traceparent": self.traceparent}
        kind = "message" if is_message_id(self.record) else "verification"
        fields = {"version": VERSION, kind: self.record, "send": str(self.send), **ids}
        return {name: value for name, value in fields.items() if value} | ({"replayed": "1"} if self.replayed else {})

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "SendJob":
        """Parse what `fields` (or a script) wrote; raises `UnreadableJob`."""
        record, send = fields.get("verification") or fields.get("message", ""), fields.get("send", "")
        if not record or not (send.isascii() and send.isdigit()):
            raise UnreadableJob
        request_id, traceparent = fields.get("request_id", ""), read_traceparent(fields.get("traceparent", ""))
        return cls(record, int(send), fields.get("silent", ""), "replayed" in fields, request_id, traceparent)


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Apply one report; the vendor's id and the recipient are HMACs, as they are stored in Redis."""

    gateway: str
    reference: str
    vendor_name: str
    recipient_name: str
    status: Status
    word: str
    reason: str
    price: str = ""  # of the whole message, like `0.0712 EUR`

    def fields(self) -> dict[str, str]:
        """Write it as the fields of a stream."""
        fields = {name: str(getattr(self, name)) for name in self.__slots__ if name != "price"}
        return {"version": VERSION} | fields | ({"price": self.price} if self.price else {})

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "ReportJob":
        """Parse what `fields` wrote; raises `UnreadableJob`."""
        known = {name: fields.get(name, "") for name in cls.__slots__ if name != "status"}
        if not known["gateway"] or not (known["reference"] or known["vendor_name"]):
            raise UnreadableJob
        return cls(status=Status(fields.get("status", "")), **known)
