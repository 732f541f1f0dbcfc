"""Events of outgoing messages: they name the id that the caller has, and no verification."""

import pytest

from app.domain.gateway import Refused, Unreachable
from app.domain.jobs import SendJob
from app.domain.message import Accepted
from app.domain.outgoing_message import OwnCode
from app.domain.status import Reason
from tests.support.builders import PHONE
from tests.support.event_receiver import event_apps, take
from tests.support.fake_gateways import FakeGateway, deliver_job_with, delivery_with
from tests.support.messages import apply_report, report_job
from tests.support.outgoing import TEXT, accepted_id
from tests.support.stores import on_both_stores

MASKED = "+31*******78"


@pytest.fixture
def open_container(make_container):
    """Open a container whose app `dev` has an endpoint for all types of events."""

    def make(**changes):
        return make_container(apps=event_apps(**changes))

    return make


@pytest.fixture
async def container(open_container):
    async with open_container() as container:
        yield container


async def deliver(container, id, *gateways):
    await deliver_job_with(delivery_with(container, *(gateways or [FakeGateway()])), SendJob(id, 1))


async def events(container):
    """Take what is due; return type and `data` of each event, in the order in which they were written."""
    taken = sorted(await take(container), key=lambda event: event.member)
    return [(event.fields["type"], event.data(event.type)) for event in taken]


@on_both_stores
@pytest.mark.parametrize("content", [None, OwnCode("042137")])
async def test_message_is_sent_and_delivered(container, content):
    id = await accepted_id(container, content=content, reference="order-9", purpose="alert")
    await deliver(container, id, FakeGateway(Accepted("v-1", segments=1, price="0.05 EUR")))
    await apply_report(container, report_job(container, "delivered", reference=id))

    (sent, first), (delivered, second) = await events(container)

    assert (sent, delivered) == ("message.sent", "message.delivered")
    assert first == {
        "message_id": id,
        "verification_id": None,
        "purpose": "alert",
        "gateway": "carrier",
        "status": "sent",
        "reason": None,
        "segments": 1,
        "price": "0.05 EUR",
        "phone_number": MASKED,
        "reference": "order-9",
    }
    assert second == first | {"status": "delivered"}
    assert TEXT not in f"{first} {second}"
    assert "042137" not in f"{first} {second}"


async def test_failover_has_events_of_one_message(container):
    """Each gateway has a separate message; what the caller knows is the first one's id."""
    id, second = await accepted_id(container), FakeGateway(name="second")
    await deliver(container, id, FakeGateway(Refused("no", reason=Reason.INVALID_SENDER), name="first"), second)
    assert second.sent[0].id != id
    await apply_report(container, report_job(container, "delivered", reference=second.sent[0].id, gateway="second"))

    found = [(type, data["message_id"], data["gateway"], data["reason"]) for type, data in await events(container)]

    assert found == [
        ("message.failed", id, "first", "invalid_sender"),
        ("message.sent", id, "second", None),
        ("message.delivered", id, "second", None),
    ]


async def test_stored_opt_out_is_a_failed_message(container):
    """No gateway is called, but the app learns why its message is not sent."""
    waiting = await accepted_id(container)
    await deliver(container, await accepted_id(container), FakeGateway(Refused("no", reason=Reason.OPTED_OUT)))
    await deliver(container, waiting)

    type, data = (await events(container))[-1]

    assert (type, data["message_id"], data["reason"]) == ("message.failed", waiting, "opted_out")


async def test_message_that_no_gateway_took_is_no_event(container):
    await deliver(container, await accepted_id(container), FakeGateway(Unreachable("down")))

    assert await events(container) == []


@on_both_stores
async def test_whole_number_is_sent_only_where_it_is_asked_for(open_container):
    for whole in (False, True):
        async with open_container(whole_number=whole) as container:
            await deliver(container, await accepted_id(container))

            (event,) = await take(container)
            assert event.data(event.type)["phone_number"] == (PHONE if whole else MASKED)
            await container.deliver_event.deliveries.settle(event, "delivered")


async def test_whole_number_of_a_forgotten_number_is_masked(open_container):
    async with open_container(whole_number=True) as container:
        await deliver(container, await accepted_id(container))
        await container.numbers.forget("dev", container.store.encryption.name_number(PHONE))

        (event,) = await take(container)

    assert event.data(event.type)["phone_number"] == MASKED
