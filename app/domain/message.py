"""One SMS as a gateway sees it, the gateway's response and its reports."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.phone_number import PhoneNumber
from app.domain.status import Reason, Status


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One SMS to send. `repr()` does not show it, because it holds the code."""

    id: str
    to: PhoneNumber
    text: str
    valid_for: int  # for how many seconds it may still be sent: at most 600 with a code, three days without one
    sender: str = ""  # the sender that the phone shows; "" for the gateway's default
    entity_id: str = ""  # registered ids of sender and text; India's DLT requires both
    template_id: str = ""
    code: str = ""  # for a vendor that writes the text itself; "" if the message has none


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway accepted the message and assigned an id."""

    id: str
    segments: int | None = None
    price: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Callback:
    """A raw request to a report URL. `repr()` does not show it, because several vendors echo the text."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = b""
    token: str = ""  # the secret last segment of the path, if any
    url: str = ""  # the public URL that was called, with its query, exactly as the vendor wrote it


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """A delivery report of one message.

    `reference` is our message id if the vendor echoes it; without it, the vendor's id and
    the recipient must both match.
    """

    vendor_id: str
    status: Status
    word: str  # the vendor's own status
    reason: Reason | None = None
    reference: str = ""
    recipient: str = ""  # digits only
    price: str = ""  # of the whole message, like `0.0712 EUR`; "" if the report names none
