"""Jobs: pieces of queued work. A job holds ids, never a code or a number."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.status import Status


@dataclass(frozen=True, slots=True)
class SendJob:
    """Deliver one send of a verification.

    `silent` is the id of a message of it that no report arrived for in time; `replayed` says that an operator
    replayed the dead letter, so that earlier refusals no longer count.
    """

    verification: str
    send: int
    silent: str = ""
    replayed: bool = False

    def fields(self) -> dict[str, str]:
        """Write it as the fields of a stream."""
        fields = {"verification": self.verification, "send": str(self.send), "silent": self.silent}
        return {name: value for name, value in fields.items() if value} | ({"replayed": "1"} if self.replayed else {})

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "SendJob":
        """Parse what `fields` (or a script) wrote."""
        return cls(fields["verification"], int(fields["send"]), fields.get("silent", ""), "replayed" in fields)


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

    def fields(self) -> dict[str, str]:
        """Write it as the fields of a stream."""
        return {name: str(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "ReportJob":
        """Parse what `fields` wrote."""
        known = {name: fields[name] for name in cls.__slots__ if name != "status"}
        return cls(status=Status(fields["status"]), **known)
