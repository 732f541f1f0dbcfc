"""Fake vendors that start to fail after a number of calls."""

import asyncio
import secrets
from collections import defaultdict
from enum import Enum

from tests.support.fake_gateways import code_in
from tests.support.fake_vendor import Answer, Fault, Vendor

ACCOUNT = {"kind": "smstools", "client_id": "id", "client_secret": "secret", "sender": "Test", "report_token": "t" * 22}
_DELAY = 0.02  # seconds per response, so that some calls are in progress when the failure starts


class Failure(Enum):
    """How a vendor fails."""

    DIES = "dies"  # closes its port, and aborts the calls in progress
    HANGS = "hangs"
    ERRS = "answers 500"
    REFUSES = "answers 200 with an error"
    RESTS = "answers 503"


class FailingVendor(Vendor):
    """Answers like Smstools for its first `healthy_calls` calls, and fails from then on.

    `accepted` holds the codes of the SMS that it accepted, by number; `uncertain` those that it
    received without a clear response: they may have been sent.
    """

    def __init__(self, failure=None, *, healthy_calls=0):
        super().__init__(default_answer=self._take)
        self.accepted = defaultdict(list)
        self.uncertain = defaultdict(list)
        self.failure = failure
        self._healthy_calls = healthy_calls

    def _take(self, request):
        fields = request.json()
        number, code = f"+{fields['to']}", code_in(fields["message"])
        if self.failure is None or len(self.requests) <= self._healthy_calls:
            self.accepted[number].append(code)
            return Answer(json={"messageid": secrets.token_hex(15)}, delay=_DELAY)
        if self.failure is Failure.REFUSES:
            return Answer(json={"error": "109", "errorMsg": "unknown sender"})
        if self.failure is Failure.RESTS:
            return Answer(503)
        self.uncertain[number].append(code)
        match self.failure:
            case Failure.ERRS:
                return Answer(500)
            case Failure.HANGS:
                return Fault.HANG
            case Failure.DIES:
                loop = asyncio.get_running_loop()
                for listening_socket in self._server.sockets:
                    loop.remove_reader(listening_socket.fileno())
                # Not at once: asyncio would drop the socket of a connection accepted in this iteration.
                loop.call_soon(self._server.close)
                for writer in self._open:
                    writer.transport.abort()
                return Fault.RESET
