"""What every gateway can do, and the three ways in which it does not."""

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
        """Its name in settings, routes, logs and the address of its reports."""

    @property
    def acknowledgement(self) -> bytes:
        """What its reports want to be answered."""

    @property
    def repeats_safely(self) -> bool:
        """Whether it takes our id for the message's, so that a repeat is no second SMS."""

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`, and nothing else."""

    def knows(self, token: str) -> bool:
        """Tell whether a call at an address that ends so may be the vendor's, before its body is read."""

    async def read_report(self, callback: Callback, *, now: float) -> list[Report]:
        """Verify what the vendor signed, and read it; raises `BadReport` or `InvalidRequest`.

        `now` is seconds since 1970: a signature that tells its time is good for minutes. Raises
        `TemporarilyUnavailable` where what it is verified with cannot be had, so that the vendor calls again.
        """

    async def check(self) -> str:
        """Ask whether the account works, without sending; tells its balance, or why it cannot be asked.

        Raises `Refused`, `Unreachable` or `Unsure`, and nothing else.
        """


class GatewayError(OtpError):
    """A gateway did not take the message; `word` is what it said, in its own word."""

    code = "gateway_error"
    title = "The gateway did not take the message"

    def __init__(self, detail: str, *, reason: Reason = Reason.UNKNOWN, word: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.word = word

    @property
    def tellable_word(self) -> str:
        """Give the word where it is one that a log may hold: a code or a few words, and no long number."""
        return self.word if _LOGGABLE.fullmatch(self.word) else ""


class Refused(GatewayError):
    """It said no; the reason says whose fault it is."""


class Unreachable(GatewayError):
    """Nothing was sent; safe to try again, after `after` seconds where the gateway said so."""

    def __init__(
        self, detail: str, *, reason: Reason = Reason.PROVIDER_ERROR, word: str = "", after: int | None = None
    ) -> None:
        super().__init__(detail, reason=reason, word=word)
        self.after = after


class Unsure(GatewayError):
    """It may have been sent."""
