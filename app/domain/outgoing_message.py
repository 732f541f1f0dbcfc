"""An outgoing message: an SMS that an app's backend sends by `/v1/messages`, without a verification."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.domain.errors import OtpError
from app.domain.phone_number import PhoneNumber
from app.domain.request_context import RequestContext
from app.domain.status import Reason, Status
from app.domain.verification import SentMessage

MESSAGE_ID = "ms"
"""The prefix of the ids of messages; those of verifications have another one."""

MAX_RECIPIENTS = 1000
MAX_AHEAD_MS = 30 * 86_400_000
"""How far ahead `send_at` may be."""


_CODE_LENGTHS = range(4, 11)


def is_own_code(digits: str) -> bool:
    """Return whether a cleaned text is a code that a caller may send: 4 to 10 digits."""
    return len(digits) in _CODE_LENGTHS and digits.isascii() and digits.isdigit()


def is_message_id(id: str) -> bool:
    """Return whether a job or record is that of an outgoing message, and not of a verification."""
    return id.startswith(f"{MESSAGE_ID}_")


@dataclass(frozen=True, slots=True, repr=False)
class FreeText:
    """A text that is sent as it is; only apps that are allowed any text may send one."""

    text: str


@dataclass(frozen=True, slots=True, repr=False)
class TemplateText:
    """A text of the app by its name, and the values of its variables."""

    name: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class OwnCode:
    """A code that the caller drew and will check itself, in our text."""

    code: str


Content = FreeText | TemplateText | OwnCode


@dataclass(slots=True, repr=False)
class MessageRequest:
    """One content for one or more recipients, as the caller sent them; times are milliseconds since 1970."""

    call: RequestContext
    recipients: Sequence[str]
    country: str | None
    content: Content
    purpose: str
    reference: str | None
    day: date  # today, UTC: test numbers end with a day
    languages: Sequence[str] = ()  # that the recipients read, the best first
    subjects: Sequence[str] = ()
    send_at: int = 0  # 0 for now
    ttl: int | None = None  # seconds for which it may be sent; None for the default of its content


@dataclass(slots=True, repr=False)
class NewMessage:
    """A message to store, with its finished text."""

    id: str
    phone: PhoneNumber
    text: str
    code: str  # in the text, for a vendor that writes the text itself; "" if it has none
    cost: int  # that it is expected to have, in millionths of the currency; 0 for a test number
    is_test: bool = False
    senders: Sequence[str] = ()  # whose opt-outs refuse it


@dataclass(frozen=True, slots=True)
class AcceptedMessage:
    """A recipient to whom a message will be sent."""

    phone: PhoneNumber
    id: str


@dataclass(frozen=True, slots=True, repr=False)
class RefusedRecipient:
    """A recipient to whom nothing is sent, as the caller wrote it, and why."""

    phone_number: str
    error: OtpError


Recipient = AcceptedMessage | RefusedRecipient


@dataclass(slots=True, repr=False)
class OutgoingMessage:
    """A message as its app may read it; `verification_id` is that of an SMS with a code of ours."""

    id: str
    verification_id: str | None
    status: Status | Literal["canceled"]
    phone: PhoneNumber
    purpose: str
    reference: str | None
    created_at: int
    send_at: int | None
    expires_at: int
    messages: list[SentMessage] = field(default_factory=list)
    """One for each gateway that was called, the oldest first."""

    @property
    def gateway(self) -> str | None:
        """Return the gateway that was called last; None while none was."""
        return self.messages[-1].gateway if self.messages else None

    @property
    def reason(self) -> Reason | None:
        """Return why it failed at that gateway, if it did."""
        return self.messages[-1].reason if self.messages else None
