"""A gateway that carries nothing: it does what it is told, and remembers what it was given."""

import asyncio
import re
from collections import deque
from dataclasses import replace

from app.domain.message import Accepted
from app.services.dispatch import dispatch


class Carrier:
    """Implements `Gateway`; each outcome is an answer to give or an error to raise, then it accepts all."""

    acknowledgement = b"OK"

    def __init__(self, *outcomes, name="carrier", reports=()):
        self.name = name
        self.sent = []
        self._outcomes = deque(outcomes)
        self._reports = list(reports)

    async def send(self, message):
        self.sent.append(message)
        outcome = self._outcomes.popleft() if self._outcomes else Accepted(f"v-{len(self.sent)}")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def knows(self, token):
        return True

    def read_report(self, callback):
        return list(self._reports)

    @property
    def codes(self):
        return [code_in(message.text) for message in self.sent]


class Slow(Carrier):
    """Holds every message back until `go` is set."""

    def __init__(self, *outcomes):
        super().__init__(*outcomes)
        self.go = asyncio.Event()

    async def send(self, message):
        answer = await super().send(message)
        await self.go.wait()
        return answer


def code_in(text):
    return re.search(r"#(\d+)$", text)[1]


def desk_of(tools, gateway):
    return replace(tools.desk, gateway=gateway)


def with_gateway(tools, gateway):
    """The same tools for a worker that has this gateway."""
    return replace(tools, desk=desk_of(tools, gateway))


async def carry(tools, gateway, job, *, tries=0):
    """Dispatch one job through a gateway."""
    return await dispatch(job, tries=tries, desk=desk_of(tools, gateway))
