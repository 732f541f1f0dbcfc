"""One SMS as a gateway sees it, and what comes back: its answer and its reports."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.phone_number import PhoneNumber
from app.domain.status import Reason, Status


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One SMS on its way to a gateway. It does not print itself: the text holds the code."""

    id: str
    to: PhoneNumber
    text: str
    valid_for: int  # seconds that the code still lives
    sender: str = ""  # what the phone shows it to be from; "" for the gateway's own
    entity_id: str = ""  # who sends and which text, as registered; India's DLT wants both
    template_id: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway took the message and gave it an id of its own."""

    id: str
    segments: int | None = None
    price: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Callback:
    """What arrived at our report address, raw. It does not print itself: several vendors echo the text."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = b""
    token: str = ""  # the secret last part of the path, if there is one
    url: str = ""  # the public address that was called, with its query, as the vendor wrote it


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """What a gateway tells of one message.

    `reference` is our own message id where the vendor echoes it; without it, the vendor's id and
    the recipient must both fit.
    """

    vendor_id: str
    status: Status
    word: str  # the vendor's own word for the status
    reason: Reason | None = None
    reference: str = ""
    recipient: str = ""  # digits only
