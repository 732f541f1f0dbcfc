"""Test SMS: the chosen gateway, the sender and the outcome."""

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.phone_number import parse_phone_number
from app.domain.route import Routes, RouteStep
from app.domain.status import Reason
from app.services.send_test import send_test, step_for
from tests.support.builders import PHONE
from tests.support.fake_gateways import FakeGateway

TO = parse_phone_number(PHONE)
ABROAD = parse_phone_number("+447400123456")
ROUTES = Routes(
    [[RouteStep("one")], [RouteStep("two")]],
    {"NL": [[RouteStep("two", sender="Bank", entity_id="e-1", template_id="t-1")]]},
)


@pytest.mark.parametrize(("phone", "gateway"), [(TO, "two"), (ABROAD, "one")], ids=["own route", "default"])
def test_the_first_gateway_of_the_numbers_country_is_used(phone, gateway):
    assert step_for(phone, id="ms_1", routes=ROUTES).gateway == gateway


def test_a_named_gateway_uses_the_sender_of_the_countrys_route():
    assert step_for(TO, id="ms_1", routes=ROUTES, gateway="two").sender == "Bank"
    assert step_for(TO, id="ms_1", routes=ROUTES, gateway="one") == RouteStep("one")


def test_gateways_that_share_a_step_are_chosen_by_message_id():
    """So several test SMS reach all of them, as ordinary SMS do."""
    shared = Routes([[RouteStep("one"), RouteStep("two")]], {})

    assert {step_for(TO, id=f"ms_{number}", routes=shared).gateway for number in range(50)} == {"one", "two"}


async def send(gateway, route_step=ROUTES.countries["NL"][0][0]):
    return await send_test("ms_1", to=TO, route_step=route_step, gateway=gateway, brand="Acme")


async def test_the_text_says_that_it_is_a_test_and_has_no_code():
    """Only a vendor that writes the text itself sends the zeros."""
    fake_gateway = FakeGateway(Accepted("v-1", segments=1, price="0.05 EUR"))

    assert await send(fake_gateway) == Accepted("v-1", segments=1, price="0.05 EUR")

    (message,) = fake_gateway.sent
    assert message.text == "Test of Acme. No action is needed."
    assert message.code == "000000"
    assert (message.id, message.to, message.valid_for) == ("ms_1", TO, 300)
    assert (message.sender, message.entity_id, message.template_id) == ("Bank", "e-1", "t-1")


@pytest.mark.parametrize("failure", [Refused("no", reason=Reason.AUTH), Unreachable("away"), Unsure("?")], ids=repr)
async def test_a_failure_is_returned_and_not_retried(failure):
    fake_gateway = FakeGateway(failure)

    assert await send(fake_gateway) is failure
    assert len(fake_gateway.sent) == 1
