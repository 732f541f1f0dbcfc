"""The gateway interface and its three errors."""

import re
from typing import Protocol

from app.domain.errors import OtpError
from app.domain.message import Accepted, Callback, Message, Report
from app.domain.status import Reason

_LOGGABLE = re.compile(r"(?!.*\d{8})[\w.: -]{1,64}")


class Gateway(Protocol):
    """A vendor that carries messages."""

    @property
    def name(self) -> str:
        """The name in settings, routes, logs and the URL of its reports."""

    @property
    def acknowledgement(self) -> bytes:
        """The response body that the vendor expects to a report."""

    @property
    def repeats_safely(self) -> bool:
        """Whether it deduplicates by our message id, so that a repeated call sends no second SMS."""

    @property
    def takes_dlt_ids(self) -> bool:
        """Whether it passes on the ids that India's DLT requires; elsewhere they are registered in the account."""

    @property
    def sender(self) -> str:
        """The sender of a message that names none; "" if the vendor chooses it."""

    def takes_sender(self, sender: str) -> bool:
        """Return whether the vendor takes an SMS with this sender."""

    async def send(self, message: Message) -> Accepted:
        """Send one message; raises `Refused`, `Unreachable` or `Unsure`, and nothing else."""

    def accepts_token(self, token: str) -> bool:
        """Return whether a report URL that ends in this token may be the vendor's, before the body is read."""

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify and parse a report; raises `BadReport` or `InvalidRequest`.

        `now` is seconds since 1970: a signature with a timestamp is valid for minutes. Raises
        `TemporarilyUnavailable` if the verification key cannot be fetched, so that the vendor retries.
        """

    async def check(self) -> str:
        """Check the account without sending; return its balance, or why it cannot be checked.

        Raises `Refused`, `Unreachable` or `Unsure`, and nothing else.
        """


class GatewayError(OtpError):
    """A gateway did not accept the message; `word` is the vendor's own code or word for the error."""

    code = "gateway_error"
    title = "The gateway did not accept the message"

    def __init__(self, detail: str, *, reason: Reason = Reason.UNKNOWN, word: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.word = word

    @property
    def loggable_word(self) -> str:
        """Return the vendor's word if a log may hold it: a code or a few words without a long number; else ""."""
        return self.word if _LOGGABLE.fullmatch(self.word) else ""


class Refused(GatewayError):
    """The gateway refused the message; the reason says why."""


class Unreachable(GatewayError):
    """Nothing was sent, also if the vendor throttles; safe to retry, after `after` seconds if it asked for a delay."""

    def __init__(
        self, detail: str, *, reason: Reason = Reason.PROVIDER_ERROR, word: str = "", after: int | None = None
    ) -> None:
        super().__init__(detail, reason=reason, word=word)
        self.after = after


class Unsure(GatewayError):
    """It may have been sent."""


class Bug(Unsure):
    """A bug of ours interrupted the call, so that the message may have been sent."""
