"""One piece of queued work. A job names things, it holds no code and no number."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.status import Status


@dataclass(frozen=True, slots=True)
class SendJob:
    """Hand over one send of a verification.

    `silent` is a message of it that no report has come for in time; `replayed` says that an operator
    gave it another life, so that what gateways refused before counts no more.
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
        """Read what `fields` (or a script) wrote."""
        return cls(fields["verification"], int(fields["send"]), fields.get("silent", ""), "replayed" in fields)


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Apply one report; the vendor's id and the recipient are named by HMAC, as Redis keeps them."""

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
        """Read what `fields` wrote."""
        known = {name: fields[name] for name in cls.__slots__ if name != "status"}
        return cls(status=Status(fields["status"]), **known)
