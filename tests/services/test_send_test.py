"""One SMS by hand: whose turn it is, as whom, and what came of it."""

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.phone_number import parse_phone_number
from app.domain.route import Routes, RouteStep
from app.domain.status import Reason
from app.services.send_test import send_test, step_for
from tests.support.builders import PHONE
from tests.support.fake_gateways import Carrier

TO = parse_phone_number(PHONE)
ABROAD = parse_phone_number("+447400123456")
ROUTES = Routes(
    [[RouteStep("one")], [RouteStep("two")]],
    {"NL": [[RouteStep("two", sender="Bank", entity_id="e-1", template_id="t-1")]]},
)


@pytest.mark.parametrize(("phone", "gateway"), [(TO, "two"), (ABROAD, "one")], ids=["own route", "default"])
def test_the_first_gateway_of_the_numbers_country_is_tried(phone, gateway):
    assert step_for(phone, id="ms_1", routes=ROUTES).gateway == gateway


def test_a_gateway_that_is_named_sends_as_the_countrys_route_says():
    assert step_for(TO, id="ms_1", routes=ROUTES, gateway="two").sender == "Bank"
    assert step_for(TO, id="ms_1", routes=ROUTES, gateway="one") == RouteStep("one")


def test_gateways_that_share_a_step_are_drawn_by_the_messages_id():
    """So several tests come by all of them, as SMS do."""
    shared = Routes([[RouteStep("one"), RouteStep("two")]], {})

    assert {step_for(TO, id=f"ms_{number}", routes=shared).gateway for number in range(50)} == {"one", "two"}


async def send(gateway, route_step=ROUTES.countries["NL"][0][0]):
    return await send_test("ms_1", to=TO, route_step=route_step, gateway=gateway, brand="Acme")


async def test_the_message_says_that_it_is_a_test_and_holds_no_code():
    carrier = Carrier(Accepted("v-1", segments=1, price="0.05 EUR"))

    assert await send(carrier) == Accepted("v-1", segments=1, price="0.05 EUR")

    (message,) = carrier.sent
    assert message.text == "Test of Acme. No action is needed."
    assert (message.id, message.to, message.valid_for) == ("ms_1", TO, 300)
    assert (message.sender, message.entity_id, message.template_id) == ("Bank", "e-1", "t-1")


@pytest.mark.parametrize("failure", [Refused("no", reason=Reason.AUTH), Unreachable("away"), Unsure("?")], ids=repr)
async def test_a_failure_is_an_answer_and_nobody_is_asked_again(failure):
    carrier = Carrier(failure)

    assert await send(carrier) is failure
    assert len(carrier.sent) == 1
