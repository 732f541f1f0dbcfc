"""Log and store what operators do to numbers and jobs, and who they are."""

from __future__ import annotations

import os
import pwd
import re
import socket
from typing import TYPE_CHECKING, TypeVar

from app.cli.output import paused
from app.domain.errors import TemporarilyUnavailable
from app.domain.operator_act import OperatorAct

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rich.status import Status

    from app.container import Container
    from app.settings.model import Settings

_JOB_ID = re.compile(r"\d{13}-\d{1,6}")  # as XADD generates them; any other text is not logged: it may be a number
T = TypeVar("T")


class Audit:
    """Records the acts of one command; its spinner pauses while a line is logged to stderr."""

    def __init__(self, container: Container, settings: Settings, spinner: Status) -> None:
        self._trail = container.audit_trail
        self._operator = settings.operator or system_user()
        self._spinner = spinner

    async def record_change(
        self, name: str, change: Awaitable[T], *, number: str = "", job: str = "", subject: str = ""
    ) -> T:
        """Await a change, log whether it was done, and store it if it was; for a job, a change of nothing is no act."""
        from app.services.admin import store_act

        act = OperatorAct(name, self._operator, number, job if _JOB_ID.fullmatch(job) else "", subject)
        try:
            result = await change
        except TemporarilyUnavailable:
            self._log(act, "unknown")
            raise
        if result:
            self._log(act, "done")
            await store_act(act, self._trail)
        elif number or subject:
            self._log(act, "not_done")
        return result

    def record_look(self, name: str, *, number: str) -> None:
        """Log that data of a number was shown."""
        self._log(OperatorAct(name, self._operator, number), "done")

    def _log(self, act: OperatorAct, outcome: str) -> None:
        from app.services.admin import log_act

        with paused(self._spinner):
            log_act(act, outcome=outcome)


def system_user() -> str:
    """Return the system's user and host, like `anna@sms-1`; a user without a name, as in containers, is its number."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
