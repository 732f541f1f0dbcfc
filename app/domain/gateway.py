"""What every gateway can do."""

from typing import Protocol

from app.domain.message import Accepted, Callback, Message, Report


class Gateway(Protocol):
    """A vendor that carries messages."""

    @property
    def name(self) -> str:
        """Its name in settings, routes, logs and the address of its reports."""

    @property
    def acknowledgement(self) -> bytes:
        """What its reports want to be answered."""

    async def send(self, message: Message) -> Accepted:
        """Hand one message over; raises `Refused`, `Unreachable` or `Unsure`, and nothing else."""

    def read_report(self, callback: Callback) -> list[Report]:
        """Verify and read a call of the vendor; raises `BadReport` or `InvalidRequest`."""
