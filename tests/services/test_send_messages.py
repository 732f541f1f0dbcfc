"""SendMessages: the texts that recipients get, limits, and what a worker sends."""

import json

import pytest

from app.domain.errors import RateLimited
from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.jobs import SendJob
from app.domain.outgoing_message import AcceptedMessage, OwnCode, RefusedRecipient, TemplateText
from app.domain.status import Reason, Status
from app.services.deliver_message import Completed
from tests.support.actions import read_verification, start_verification
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.fake_gateways import FakeGateway, deliver_job_with, delivery_with
from tests.support.outgoing import TEXT, accepted_id, send_messages
from tests.support.stores import on_both_stores

pytestmark = on_both_stores
APPS = json.dumps(
    {
        "dev": {
            "message_texts": {
                "order_sent": {"en": "Your order {order} has left.", "nl": "Je bestelling {order} is onderweg."}
            }
        }
    }
)


async def deliver(container, id, *gateways):
    return await deliver_job_with(delivery_with(container, *gateways), SendJob(id, 1))


async def read(container, id):
    return await container.get_message(id, container.apps["dev"])


async def test_free_text_is_sent_as_it_is(container):
    gateway, id = FakeGateway(), await accepted_id(container)

    assert await deliver(container, id, gateway) == Completed("sent")

    (message,) = gateway.sent
    assert (message.text, message.to.e164, message.code) == (TEXT, PHONE, "")
    assert (await read(container, id)).status is Status.SENT


async def test_message_keeps_its_id_at_the_gateway(container):
    """Reports, events and log lines then name the id that the caller has."""
    gateway, id = FakeGateway(), await accepted_id(container)

    await deliver(container, id, gateway)

    assert gateway.sent[0].id == id


async def test_code_is_sent_in_our_text_with_the_autofill_line(container):
    gateway, id = FakeGateway(), await accepted_id(container, content=OwnCode("042137"), purpose="login")

    await deliver(container, id, gateway)

    assert "042137" in gateway.sent[0].text
    assert gateway.sent[0].text.endswith("@127.0.0.1 #042137")
    assert gateway.sent[0].code == "042137"


async def test_template_speaks_the_recipients_language(make_container):
    async with make_container(apps=APPS) as container:
        gateway = FakeGateway()
        for number, languages in ((PHONE, ()), ("+4915112345678", ()), (OTHER_PHONE, ("en",))):
            content = TemplateText("order_sent", {"order": "9"})
            id = await accepted_id(container, number, content=content, languages=languages)
            await deliver(container, id, gateway)

    assert [message.text for message in gateway.sent] == [
        "Je bestelling 9 is onderweg.",
        "Your order 9 has left.",
        "Your order 9 has left.",
    ]


async def test_text_is_erased_when_it_was_handed_over(container, redis, key):
    id = await accepted_id(container)
    assert await redis.exists(key("text", id))

    await deliver(container, id, FakeGateway())

    assert not await redis.exists(key("text", id))
    assert await deliver(container, id, FakeGateway()) == Completed("dropped")


async def test_gateway_that_is_down_is_replaced_by_the_next(container):
    down, next_one = FakeGateway(Unreachable("down"), name="first"), FakeGateway(name="second")
    id = await accepted_id(container)

    assert await deliver(container, id, down, next_one) == Completed("sent")

    found = await read(container, id)
    assert [one.gateway for one in found.messages] == ["first", "second"]
    assert (found.status, len(next_one.sent)) == (Status.SENT, 1)


async def test_text_that_may_have_been_sent_is_not_sent_again(container):
    unsure, next_one = FakeGateway(Unsure("?"), name="first"), FakeGateway(name="second")
    id = await accepted_id(container)

    assert await deliver(container, id, unsure, next_one) == Completed("unsure")

    assert next_one.sent == []
    assert (await read(container, id)).status is Status.UNKNOWN


async def test_code_that_may_have_been_sent_is_sent_again(container):
    """It is the same code, so a second SMS does no harm, and a missing one would."""
    unsure, next_one = FakeGateway(Unsure("?"), name="first"), FakeGateway(name="second")
    id = await accepted_id(container, content=OwnCode("042137"))

    assert await deliver(container, id, unsure, next_one) == Completed("sent")

    assert len(next_one.sent) == 1


async def test_number_that_the_network_refuses_ends_the_message(container):
    gateway, id = FakeGateway(Refused("no", reason=Reason.INVALID_NUMBER)), await accepted_id(container)

    assert await deliver(container, id, gateway) == Completed("refused_invalid_number")

    assert (await read(container, id)).status is Status.FAILED


async def test_approval_of_the_number_ends_no_message(container):
    """A verification's approval ends the pending ones of its number; a message waits for nothing."""
    id, gateway = await accepted_id(container, purpose="login"), FakeGateway()
    for _ in range(2):
        await start_verification(container)

    assert await deliver(container, id, gateway) == Completed("sent")


async def test_message_that_expired_is_dropped(container, clock):
    id = await accepted_id(container, ttl=30)
    clock.tick(seconds=30)

    assert await deliver(container, id, FakeGateway()) == Completed("expired")
    assert (await read(container, id)).status is Status.EXPIRED


async def test_messages_do_not_lock_out_a_login(container):
    for _ in range(10):
        await accepted_id(container)
    (refused,) = await send_messages(container)

    assert isinstance(refused.error, RateLimited)
    assert refused.error.limit == "messages_per_number"
    assert await start_verification(container)


async def test_codes_of_a_caller_spend_the_limit_of_codes(container):
    for _ in range(3):
        await accepted_id(container, content=OwnCode("042137"))
    (refused,) = await send_messages(container, content=OwnCode("042137"))

    assert refused.error.limit == "sends_per_number"
    assert await accepted_id(container)


async def test_apps_share_no_budget_of_messages(container):
    for _ in range(10):
        await accepted_id(container)

    assert await accepted_id(container, app="bank")


async def test_refused_recipient_spends_nothing(make_container):
    async with make_container(limit_sends_per_app="3/h") as container:
        results = await send_messages(container, PHONE, "0612", PHONE, OTHER_PHONE, "+31612345670", "+31612345671")

        refused = [one.error.code for one in results if isinstance(one, RefusedRecipient)]
        assert refused == ["invalid_phone_number", "invalid_request", "rate_limited"]
        assert [type(one) for one in results].count(AcceptedMessage) == 3


@pytest.mark.parametrize("event", ["queue", "send_at"])
async def test_codes_have_a_stream_of_their_own(container, redis, key, clock, event):
    send_at = clock.now + 60_000 if event == "send_at" else 0
    await accepted_id(container, content=OwnCode("042137"), send_at=send_at)
    await accepted_id(container, OTHER_PHONE, send_at=send_at)
    if send_at:
        assert [await redis.xlen(key(queue)) for queue in ("sends_queue", "messages_queue")] == [0, 0]
        clock.tick(seconds=60)
        await container.queue.queue_scheduled()

    assert [await redis.xlen(key(queue)) for queue in ("sends_queue", "messages_queue")] == [1, 1]


async def test_message_of_a_verification_is_read_too(container):
    verification, gateway = await start_verification(container), FakeGateway()
    await deliver_job_with(delivery_with(container, gateway), SendJob(verification.id, 1))

    found = await read(container, gateway.sent[0].id)

    (send,) = (await read_verification(container, verification.id)).sends
    assert (found.verification_id, found.phone.e164, found.status) == (verification.id, PHONE, Status.SENT)
    assert found.messages == send.messages
