"""Opt-outs from messages: let a gateway report one, and read what is stored of it."""

import json

from app.domain.gateway import Refused
from app.domain.jobs import SendJob
from app.domain.status import Reason
from tests.support.builders import PHONE
from tests.support.fake_gateways import FakeGateway, deliver_job_with, delivery_with
from tests.support.outgoing import accepted_id

STOP = Refused("no", reason=Reason.OPTED_OUT, word="STOP")
SENDER = "Shop"
APPS = {"dev": {"free_text": True, "sender": SENDER}, "bank": {"free_text": True, "sender": SENDER}}
"""Two apps with one sender: an opt-out is from both, the app and the sender."""


def apps(**of_dev):
    """Write the two apps as OTP_APPS, with more settings of `dev`."""
    return json.dumps(APPS | {"dev": APPS["dev"] | of_dev})


async def deliver(container, id, *gateways, **changes):
    """Deliver a message through these gateways, or through one that accepts it."""
    return await deliver_job_with(delivery_with(container, *(gateways or [FakeGateway()]), **changes), SendJob(id, 1))


async def opt_out(container, number=PHONE, **changes):
    """Send a message to a recipient who has replied STOP to its sender; return its id."""
    id = await accepted_id(container, number, **changes)
    await deliver(container, id, FakeGateway(STOP))
    return id


async def stored_opt_outs(redis, key, container, number=PHONE, *, app="dev"):
    """Return the senders of an app whose messages a number refuses, and since when."""
    name = container.store.encryption.name_number(number)
    return {sender.decode(): int(at) for sender, at in (await redis.hgetall(key("opt_outs", app, name))).items()}
