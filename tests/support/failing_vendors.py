"""Vendors that begin to fail at one call of many, as vendors do."""

import asyncio
import secrets
from collections import defaultdict
from enum import Enum

from tests.support.fake_gateways import code_in
from tests.support.fake_vendor import Answer, Trouble, Vendor

ACCOUNT = {"kind": "smstools", "client_id": "id", "client_secret": "secret", "sender": "Test", "report_token": "t" * 22}
_DELAY = 0.02  # seconds for an answer, so that some calls are under way when it begins


class Failure(Enum):
    """How a vendor fails."""

    DIES = "dies"  # closes its port, and breaks off whatever was under way
    HANGS = "hangs"
    ERRS = "answers 500"
    REFUSES = "answers 200 with an error"
    RESTS = "answers 503"


class Failing(Vendor):
    """Speaks as Smstools does for its first `well` calls, and then fails to the end.

    `arrived` holds the codes of the SMS that it said it took, by number; `doubtful` those that it
    was given and said nothing clear of: they may have gone out.
    """

    def __init__(self, failure=None, *, well=0):
        super().__init__(usually=self._take)
        self.arrived = defaultdict(list)
        self.doubtful = defaultdict(list)
        self.failure = failure
        self._well = well

    def _take(self, request):
        told = request.json()
        number, code = f"+{told['to']}", code_in(told["message"])
        if self.failure is None or len(self.requests) <= self._well:
            self.arrived[number].append(code)
            return Answer(json={"messageid": secrets.token_hex(15)}, delay=_DELAY)
        if self.failure is Failure.REFUSES:
            return Answer(json={"error": "109", "errorMsg": "unknown sender"})
        if self.failure is Failure.RESTS:
            return Answer(503)
        self.doubtful[number].append(code)
        match self.failure:
            case Failure.ERRS:
                return Answer(500)
            case Failure.HANGS:
                return Trouble.HANG
            case Failure.DIES:
                loop = asyncio.get_running_loop()
                for listening in self._server.sockets:
                    loop.remove_reader(listening.fileno())
                loop.call_soon(self._server.close)  # asyncio forgets the socket of whom it let in this very turn
                for writer in self._open:
                    writer.transport.abort()
                return Trouble.RESET
