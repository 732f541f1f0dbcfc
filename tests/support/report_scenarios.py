"""Genuine and forged reports of many messages, with the expected result of each call and message."""

import json
import random
from dataclasses import dataclass

from app.domain.errors import BadReport, TemporarilyUnavailable
from app.domain.jobs import SendJob
from app.domain.message import Accepted, Callback
from app.services.parts.code_generation import new_id
from tests.support import vonage
from tests.support.actions import start_verification
from tests.support.gateway_contract import SECRET, TOKEN
from tests.support.report_contract import OTHER_SECRET

POSTED, SIGNED = "smstools", "vonage"  # one authenticates by the secret part of its URL, the other by signature
SETTINGS = {
    "routes": json.dumps({"*": [POSTED, SIGNED]}),
    "gateways__smstools__client_id": "id",
    "gateways__smstools__client_secret": "secret",
    "gateways__smstools__sender": "Acme",
    "gateways__smstools__report_token": TOKEN,
    **{f"gateways__vonage__{name}": value for name, value in vonage.SETTINGS.items()},
}
# The report words of one message in the vendor's order, and the final status.
_LIFECYCLES = [
    (["accepted", "buffered", "delivered"], "delivered"),
    (["accepted", "buffered", "expired", "delivered"], "delivered"),  # a late receipt
    (["accepted", "failed", "delivered"], "delivered"),
    (["accepted", "buffered", "unknown", "failed"], "failed"),
    (["accepted", "buffered", "expired"], "expired"),
    (["accepted", "buffered", "unknown"], "buffered"),
    (["accepted", "unknown"], "sent"),
]
_POSTED_WORDS = {"accepted": "submitted"}  # all other words are the same for both
_UNKNOWN_NUMBER = "+31699999999"
_FORGERIES = ("stranger", "recipient", "gateway")  # a wrong secret, a wrong recipient, or a message of another gateway


@dataclass(frozen=True)
class MessageScenario:
    """One message; its vendor echoes our id, or reports its own id only."""

    gateway: str
    number: str
    verification: str
    message_id: str
    echoes: bool
    words: list[str]
    end: str

    @property
    def vendor_id(self):
        return f"v-{self.message_id}"


@dataclass(frozen=True)
class ReportCall:
    """One report call about a message; `forgery` names what is forged, or is empty."""

    message: MessageScenario
    word: str
    forgery: str = ""

    @property
    def gateway(self):
        """The gateway that calls: the one that sent the message, or another one that knows its id."""
        other = {POSTED: SIGNED, SIGNED: POSTED}
        return other[self.message.gateway] if self.forgery == "gateway" else self.message.gateway

    def call(self, now):
        """Build the call as the vendor does; `now` is seconds since 1970, and is signed."""
        echoes = self.forgery == "gateway" or (self.message.echoes and self.forgery != "recipient")
        facts = {"id": self.message.vendor_id, "reference": self.message.message_id if echoes else ""}
        digits = (_UNKNOWN_NUMBER if self.forgery == "recipient" else self.message.number)[1:]
        has_wrong_secret = self.forgery == "stranger"
        if self.gateway == SIGNED:
            payload = vonage.event(self.word, **facts) | {"msisdn": digits}
            return _post(vonage.sign(payload, secret=OTHER_SECRET if has_wrong_secret else SECRET, at=now))
        word = _POSTED_WORDS.get(self.word, self.word)
        payload = {
            "messageid": facts["id"],
            "reference": facts["reference"],
            "delivery_status": word,
            "receiver": digits,
        }
        return _post(payload, token=TOKEN[::-1] if has_wrong_secret else TOKEN)

    def expected_result(self, *, is_settled):
        """Return the expected result: `refused`, `unknown`, `parked` or `applied`."""
        if self.forgery == "stranger":
            return "refused"
        if self.forgery == "gateway":
            return "unknown"
        if self.forgery == "recipient" or not self.message.echoes:
            return "parked" if not is_settled else "unknown" if self.forgery else "applied"
        return "applied"


def _post(payload, *, token=""):
    return Callback("POST", {}, {}, json.dumps(payload).encode(), token)


async def begin(container, index):
    """Request a code and open its message, as a worker does before it calls the vendor; half of them echo our id."""
    gateway, echoes, (words, end) = (POSTED, SIGNED)[index % 2], index % 4 < 2, _LIFECYCLES[index % len(_LIFECYCLES)]
    number, id = f"+3162{index:07d}", new_id("ms", container.random_bytes)
    verification = (await start_verification(container, number)).id
    (job,) = await container.queue.take("sends", "w", most=1)
    send = SendJob.read(job.fields)
    await container.messages.open(send, message_id=id, gateway=gateway, by=job.origin, tried=0, why="", country="NL")
    await container.queue.finish(job)
    return MessageScenario(gateway, number, verification, id, echoes, words, end)


async def settle(container, message):
    """Store the vendor's response."""
    answer = Accepted(message.vendor_id)
    await container.messages.record_outcome(answer, message_id=message.message_id, gateway=message.gateway)


def shuffled_reports(messages, *, times=1):
    """Return all reports of these messages `times` times, plus one forgery per nine reports, shuffled.

    A forgery reports an undelivered message as delivered, so an accepted one shows in the result.
    """
    rng = random.Random(len(messages))  # noqa: S311  a shuffle, no secret
    lost = [message for message in messages if message.end != "delivered"]
    reports = [ReportCall(message, word) for message in messages for word in message.words]
    reports += [ReportCall(rng.choice(lost), "delivered", rng.choice(_FORGERIES)) for _ in range(len(reports) // 9)]
    reports *= times
    rng.shuffle(reports)
    return reports


async def deliver_report(container, report):
    """Make the call once; return False where the queue is full, so that the vendor calls again."""
    call = report.call(container.clock())

    async def read_body():
        return call.body

    try:
        await container.receive_report(call, read_body, container.gateways[report.gateway])
    except TemporarilyUnavailable:
        return False
    except BadReport:
        pass  # the refused count shows it
    return True
