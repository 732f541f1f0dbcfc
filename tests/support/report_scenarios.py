"""What vendors tell of many messages, truly and not, and what must become of each call and each message."""

import json
import random
from dataclasses import dataclass

from app.domain.errors import BadReport, TemporarilyUnavailable
from app.domain.jobs import SendJob
from app.domain.message import Accepted, Callback
from app.services.parts.code_generation import new_id
from app.services.receive_report import receive_report
from tests.support import vonage
from tests.support.actions import ask
from tests.support.gateway_contract import SECRET, TOKEN
from tests.support.report_contract import OTHER_SECRET

POSTED, SIGNED = "smstools", "vonage"  # one is known by the secret part of its address, the other signs
SETTINGS = {
    "routes": json.dumps({"*": [POSTED, SIGNED]}),
    "gateways__smstools__client_id": "id",
    "gateways__smstools__client_secret": "secret",
    "gateways__smstools__sender": "Acme",
    "gateways__smstools__report_token": TOKEN,
    **{f"gateways__vonage__{name}": value for name, value in vonage.SETTINGS.items()},
}
# The words of one message as its vendor means them, and where the message then stands.
_PLOTS = [
    (["accepted", "buffered", "delivered"], "delivered"),
    (["accepted", "buffered", "expired", "delivered"], "delivered"),  # a late receipt
    (["accepted", "failed", "delivered"], "delivered"),
    (["accepted", "buffered", "unknown", "failed"], "failed"),
    (["accepted", "buffered", "expired"], "expired"),
    (["accepted", "buffered", "unknown"], "buffered"),
    (["accepted", "unknown"], "sent"),
]
_POSTED_WORDS = {"accepted": "submitted"}  # for all else both have the same
_NOBODY = "+31699999999"
_FORGERIES = ("stranger", "recipient", "gateway")  # whose secret, whose number or whose message is not the vendor's own


@dataclass(frozen=True)
class Tale:
    """One message; its vendor echoes our id, or only has its own."""

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
class Told:
    """One report of a message; `forgery` says in which way it is none."""

    tale: Tale
    word: str
    forgery: str = ""

    @property
    def gateway(self):
        """Who calls: the gateway that carried the message, or another one that knows its id."""
        other = {POSTED: SIGNED, SIGNED: POSTED}
        return other[self.tale.gateway] if self.forgery == "gateway" else self.tale.gateway

    def call(self, now):
        """Call as the vendor does; `now` is seconds since 1970, which it signs."""
        echoes = self.forgery == "gateway" or (self.tale.echoes and self.forgery != "recipient")
        facts = {"id": self.tale.vendor_id, "reference": self.tale.message_id if echoes else ""}
        digits = (_NOBODY if self.forgery == "recipient" else self.tale.number)[1:]
        is_strange = self.forgery == "stranger"
        if self.gateway == SIGNED:
            said = vonage.event(self.word, **facts) | {"msisdn": digits}
            return _post(vonage.sign(said, secret=OTHER_SECRET if is_strange else SECRET, at=now))
        word = _POSTED_WORDS.get(self.word, self.word)
        said = {"messageid": facts["id"], "reference": facts["reference"], "delivery_status": word, "receiver": digits}
        return _post(said, token=TOKEN[::-1] if is_strange else TOKEN)

    def fate(self, *, is_settled):
        """Say what must become of it: it is refused, of nobody's message, parked or heard."""
        if self.forgery == "stranger":
            return "refused"
        if self.forgery == "gateway":
            return "unknown"
        if self.forgery == "recipient" or not self.tale.echoes:
            return "parked" if not is_settled else "unknown" if self.forgery else "heard"
        return "heard"


def _post(said, *, token=""):
    return Callback("POST", {}, {}, json.dumps(said).encode(), token)


async def begin(container, place):
    """Ask for a code and open its message, as a worker does before it calls the vendor; every second one echoes."""
    gateway, echoes, (words, end) = (POSTED, SIGNED)[place % 2], place % 4 < 2, _PLOTS[place % len(_PLOTS)]
    number, id = f"+3162{place:07d}", new_id("ms", container.random_bytes)
    verification = (await ask(container, number)).id
    (job,) = await container.queue.take("sends", "w", most=1)
    send = SendJob.read(job.fields)
    await container.messages.open(send, message_id=id, gateway=gateway, by=job.origin, tried=0, why="")
    await container.queue.finish(job)
    return Tale(gateway, number, verification, id, echoes, words, end)


async def settle(container, tale):
    """Remember what the vendor answered."""
    name = container.keyring.name("vendor", tale.vendor_id)
    answer = Accepted(tale.vendor_id)
    await container.messages.settle(answer, message_id=tale.message_id, gateway=tale.gateway, vendor_name=name)


def tell(tales, *, times=1):
    """Tell all of these messages so often, and a forgery for every ninth report: a tenth of all; shuffled.

    A forgery claims that what never arrived was delivered, so one that is believed shows.
    """
    rng = random.Random(len(tales))  # noqa: S311  an order, no secret
    lost = [tale for tale in tales if tale.end != "delivered"]
    told = [Told(tale, word) for tale in tales for word in tale.words]
    told += [Told(rng.choice(lost), "delivered", rng.choice(_FORGERIES)) for _ in range(len(told) // 9)]
    told *= times
    rng.shuffle(told)
    return told


async def is_heard(container, told):
    """Call once; False where the queue is full, and the vendor is to call again."""
    now = container.clock()
    call = told.call(now)

    async def read_body():
        return call.body

    parts = {"keyring": container.keyring, "queue": container.queue, "messages": container.messages, "now": now}
    try:
        await receive_report(call, read_body, gateway=container.gateways[told.gateway], **parts)
    except TemporarilyUnavailable:
        return False
    except BadReport:
        pass  # it is counted, and shows there
    return True
