"""Opt-outs from messages: what a STOP refuses, when a message is accepted and when it is sent."""

import json

import pytest

from app.domain.errors import OptedOut
from app.domain.gateway import Refused
from app.domain.outgoing_message import AcceptedMessage, OwnCode
from app.domain.route import RouteStep
from app.domain.status import Reason, Status
from app.services.parts.job_results import Completed
from tests.support.actions import start_verification
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.fake_gateways import FakeGateway
from tests.support.opt_outs import STOP, apps, deliver, opt_out, stored_opt_outs
from tests.support.outgoing import accepted_id, send_messages
from tests.support.stores import on_both_stores

pytestmark = on_both_stores
CODE = OwnCode("042137")
SENT, REFUSED = Completed("sent"), Completed("refused_opted_out")
GERMAN = "+4915112345678"


@pytest.fixture
async def shop(make_container):
    """Two apps with the same sender; neither purpose is transactional."""
    async with make_container(apps=apps()) as container:
        yield container


async def refusal(container, number=PHONE, **changes):
    """Return why a message to a number is refused; None where it is accepted."""
    (recipient,) = await send_messages(container, number, **changes)
    return None if isinstance(recipient, AcceptedMessage) else type(recipient.error)


async def test_next_message_of_the_app_is_refused(shop):
    await opt_out(shop)

    assert await refusal(shop) is OptedOut
    assert await refusal(shop, OTHER_PHONE) is None


async def test_message_that_waited_is_refused_when_it_is_sent(shop):
    """It was accepted before the recipient replied STOP to another one."""
    gateway, waiting = FakeGateway(), await accepted_id(shop)
    await opt_out(shop)

    assert await deliver(shop, waiting, gateway) == REFUSED

    assert gateway.sent == []
    found = await shop.get_message(waiting, shop.apps["dev"])
    assert (found.status, found.gateway, found.reason) == (Status.FAILED, "carrier", Reason.OPTED_OUT)
    assert found.messages[0].history[-1].word == "remembered"


async def test_message_that_a_gateway_has_stays_sent(shop):
    id = await accepted_id(shop)
    await deliver(shop, id, FakeGateway(Refused("no", reason=Reason.NO_CREDIT), name="first"), FakeGateway())
    await opt_out(shop)

    assert (await shop.get_message(id, shop.apps["dev"])).status is Status.SENT


async def test_other_apps_and_codes_are_sent(shop):
    """Neither another app's messages, though its sender is the same, nor any code."""
    await opt_out(shop)

    assert await deliver(shop, await accepted_id(shop, app="bank")) == SENT
    for app in ("dev", "bank"):
        assert await deliver(shop, await accepted_id(shop, app=app, content=CODE)) == SENT
        verification = await start_verification(shop, app=app)
        assert await deliver(shop, verification.id) == SENT


async def test_opt_out_from_a_code_refuses_codes_only(shop):
    """For 30 days, whatever the app; whether it takes a message, its vendor decides."""
    refused = await accepted_id(shop, content=CODE)
    await deliver(shop, refused, FakeGateway(STOP))

    assert await refusal(shop, content=CODE) is OptedOut
    assert await refusal(shop, content=CODE, app="bank") is OptedOut
    verification = await start_verification(shop)
    assert await deliver(shop, verification.id) == REFUSED
    assert await deliver(shop, await accepted_id(shop)) == SENT


async def test_transactional_purpose_is_sent_and_the_vendor_may_refuse_it(make_container):
    async with make_container(apps=apps(transactional=["order"])) as container:
        await opt_out(container, purpose="offer")

        assert await refusal(container, purpose="offer") is OptedOut
        order = await accepted_id(container, purpose="order")
        assert await deliver(container, order) == SENT
        order = await accepted_id(container, purpose="order")
        assert await deliver(container, order, FakeGateway(STOP)) == REFUSED
        assert await refusal(container, purpose="order") is None
    async with make_container(apps=apps()) as container:
        assert await refusal(container, purpose="order") is OptedOut, "the setting was removed"


async def test_message_that_waited_is_sent_where_its_purpose_became_transactional(make_container):
    async with make_container(apps=apps()) as container:
        waiting = await accepted_id(container, purpose="order")
        await opt_out(container, purpose="offer")
    async with make_container(apps=apps(transactional=["order"])) as container:
        assert await deliver(container, waiting) == SENT


async def test_opt_out_is_from_the_sender_that_the_phone_showed(make_container):
    """A route's own sender comes before the app's; a country with another sender is not concerned."""
    routes = json.dumps({"*": ["inbox"], "DE": [{"gateway": "inbox", "sender": "+4915700000"}]})
    async with make_container(apps=apps(), routes=routes) as container:
        steps = [[RouteStep("carrier", sender="+4915700000")]]
        for number, countries in ((GERMAN, {"DE": steps}), (PHONE, {})):
            id = await accepted_id(container, number)
            await deliver(container, id, FakeGateway(STOP), countries=countries)
            assert await refusal(container, number) is OptedOut
    async with make_container(apps=apps(sender="Shop 2"), routes=routes) as container:
        assert await refusal(container, PHONE) is None, "the app has another sender now"
        assert await refusal(container, GERMAN) is OptedOut, "the route has the same one"


async def test_sender_that_the_gateway_chooses_is_named_by_it(container, redis, key):
    """Without a sender of the route or the app, it may be any number of a pool."""
    await deliver(container, await accepted_id(container), FakeGateway(STOP, name="inbox"))

    assert list(await stored_opt_outs(redis, key, container)) == ["gateway:inbox"]
    assert await refusal(container) is OptedOut
    assert await deliver(container, await accepted_id(container, app="bank"), FakeGateway(name="inbox")) == SENT


async def test_stop_to_one_sender_of_a_route_refuses_all_of_it(shop):
    """Else the next gateway, which has another sender, would send what the recipient wants no more."""
    route = [[RouteStep("first", sender="Offers")], [RouteStep("carrier")]]
    gateways = FakeGateway(name="first"), FakeGateway()
    waiting = await accepted_id(shop)
    await opt_out(shop)  # from the sender of the second step

    assert await deliver(shop, waiting, *gateways, route=route) == REFUSED
    assert [gateway.sent for gateway in gateways] == [[], []]


async def test_list_refuses_only_who_opted_out(shop):
    await opt_out(shop)

    first, second = await send_messages(shop, PHONE, OTHER_PHONE)

    assert isinstance(first.error, OptedOut)
    assert isinstance(second, AcceptedMessage)


async def test_five_years_later_the_opt_out_is_over(shop, clock):
    """By its moment, which a script compares; not because the key expired."""
    await opt_out(shop)
    clock.tick(seconds=5 * 365 * 86_400 - 1)
    assert await refusal(shop) is OptedOut

    clock.tick(seconds=1)

    assert await refusal(shop) is None


async def test_unblocking_the_number_ends_it_in_each_app(shop):
    for app in ("dev", "bank"):
        await opt_out(shop, app=app)
    name = shop.store.encryption.name_number(PHONE)

    assert await shop.numbers.unblock(name, apps=list(shop.apps))

    assert [await refusal(shop, app=app) for app in ("dev", "bank")] == [None, None]
    assert not await shop.numbers.unblock(name, apps=list(shop.apps))
