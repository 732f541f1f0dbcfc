"""A vendor that a scenario breaks and mends, and that records which SMS it sent, and when."""

import asyncio
import secrets
import time
from collections import Counter, defaultdict
from enum import Enum

from tests.support.fake_gateways import code_in
from tests.support.fake_vendor import Answer, Fault, Vendor

_DELAY_S = 0.05  # as a real vendor's, so that some calls are in progress when a fault begins
_SLOW_S = 3.0


class Outage(Enum):
    """How a vendor fails."""

    REFUSES_CONNECTIONS = "refuses connections"
    HANGS = "hangs"
    ANSWERS_500 = "answers 500"
    ANSWERS_503 = "answers 503"
    IS_SLOW = "takes 3 s"


_NO_SMS = {Outage.REFUSES_CONNECTIONS: Fault.RESET, Outage.HANGS: Fault.HANG, Outage.ANSWERS_500: Answer(500)}


class SmsVendor(Vendor):
    """Answers like Smstools; `sms` holds the times of the SMS that it sent, `unsure` its unclear calls, by number.

    A call that hung, that failed by 500 or whose connection was dropped is unclear, and its SMS reaches no phone.
    """

    def __init__(self) -> None:
        super().__init__(default_answer=self._take)
        self.sms = defaultdict(list)
        self.unsure = Counter()
        self._outage = None
        self._codes = {}
        self._arrived = defaultdict(asyncio.Event)

    async def code_of(self, number):
        """Wait for the first SMS to a number, and return its code."""
        await self._arrived[number].wait()
        return self._codes[number]

    async def fail(self, outage):
        """Fail in this way until `work`."""
        self._outage = outage
        if outage is Outage.REFUSES_CONNECTIONS:
            self._port = self._server.sockets[0].getsockname()[1]
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()

    async def work(self):
        """End the outage; calls that hang go on to hang."""
        if self._outage is Outage.REFUSES_CONNECTIONS:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=1024)
        self._outage = None

    def _take(self, request):
        fields = request.json()
        number = f"+{fields['to']}"
        if self._outage is Outage.ANSWERS_503:
            return Answer(503)
        if self._outage is not None:
            self.unsure[number] += 1
        if self._outage in _NO_SMS:
            return _NO_SMS[self._outage]
        self.sms[number].append(time.monotonic())
        self._codes[number] = code_in(fields["message"])
        self._arrived[number].set()
        delay = _SLOW_S if self._outage is Outage.IS_SLOW else _DELAY_S
        return Answer(json={"messageid": secrets.token_hex(15)}, delay=delay)
