"""Routes, as an operator writes them."""

import json

import pytest

from app.domain.route import RouteStep
from app.settings.load import BadSettings
from app.settings.routes import as_routes
from tests.support.builders import make_settings

VENDOR = {
    "client_id": "acme",
    "client_secret": "s3cret",
    "sender": "Acme",
    "report_token": "r3p0rt-t0ken-r3p0rt-t0ken",
}


def gateways(*names):
    return {f"gateways__{name}__{setting}": value for name in names for setting, value in VENDOR.items()} | {
        f"gateways__{name}__kind": "smstools" for name in names
    }


def routes(written, *names):
    text = written if isinstance(written, str) else json.dumps(written)
    settings = make_settings(routes=text, **gateways(*names))
    return as_routes(settings.routes, names)


def refused(written, *names):
    with pytest.raises(BadSettings) as refusal:
        routes(written, *names)
    return " ".join(refusal.value.sentences)


def test_the_short_form_is_a_list_of_names():
    assert routes({"*": ["one", "two"]}, "one", "two").default == [[RouteStep("one")], [RouteStep("two")]]


def test_the_long_form_says_who_sends_and_what_was_registered():
    route_step = {"gateway": "one", "sender": "ACMEIN", "entity_id": "1101", "template_id": "1107"}
    read = routes({"*": ["one"], "IN": [route_step]}, "one")

    assert read.countries == {"IN": [[RouteStep("one", 1, "ACMEIN", "1101", "1107")]]}


def test_gateways_may_share_a_place_by_weight():
    read = routes({"*": [["one", {"gateway": "two", "weight": 3}], "three"]}, "one", "two", "three")

    assert read.default == [[RouteStep("one"), RouteStep("two", weight=3)], [RouteStep("three")]]


def test_a_file_may_hold_them(tmp_path):
    file = tmp_path / "routes.json"
    file.write_text('{"*": ["one"]}')

    assert routes(str(file), "one").default == [[RouteStep("one")]]


def test_without_routes_the_one_gateway_carries_all():
    assert as_routes({}, ["one"]).default == [[RouteStep("one")]]


@pytest.mark.parametrize("sender", ["Acme", "+15550100", "12345"])
def test_a_sender_is_a_name_a_number_or_a_short_code(sender):
    assert routes({"*": [{"gateway": "one", "sender": sender}]}, "one").default[0][0].sender == sender


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[1", "neither JSON"),
        ('{"*": ', "it is not JSON"),
        ('{"*": ["one"], "*": ["one"]}', "twice"),
        ({"*": "one"}, "a route is a list"),
        ({"*": []}, "a route is a list"),
        ({"*": [[]]}, "share a place"),
        ({"*": ["one"] * 11}, "a route is a list of 1 to 10"),
        ({"*": ["one", "one"]}, "names a gateway twice"),
        ({"*": ["nobody"]}, "names nobody, which no OTP_GATEWAYS__… sets up"),
        ({"*": ["s3cret/+31612345678"]}, "names …, which"),
        ({"NL": ["one"]}, "does not say which gateways carry the SMS of all other countries"),
        ({"*": ["one"], "nl": ["one"]}, "two large letters"),
        ({"*": ["one"], "XX": ["one"]}, "two large letters"),
        ({"*": [{"gateway": "one", "weight": 0}]}, "OTP_ROUTES"),
        ({"*": [{"gateway": "one", "weight": "3"}]}, "OTP_ROUTES"),
        ({"*": [{"gateway": "one", "sendr": "x"}]}, "OTP_ROUTES"),
        ({"*": [{"sender": "Acme"}]}, "OTP_ROUTES"),
        ({"*": [{"gateway": "one", "sender": "A name that is far too long"}]}, "at most 11 letters"),
        ({"*": [{"gateway": "one", "template_id": "a b"}]}, "a registered id"),
        ({"*": [17]}, "OTP_ROUTES"),
    ],
    ids=str,
)
def test_routes_that_cannot_work_stop_the_start_with_a_sentence(written, said):
    sentences = refused(written, "one")

    assert said in sentences
    assert "s3cret" not in sentences
    assert "612345678" not in sentences


def test_two_gateways_without_an_order_stop_the_start():
    """Nobody should learn from a bill which of two vendors carried the SMS."""
    with pytest.raises(BadSettings) as refusal:
        make_settings(**gateways("one", "two"))

    assert '{"*": ["one", "two"]}' in str(refusal.value)


@pytest.mark.parametrize("name", ["One-Two", "1one", "one__two", "_one"])
def test_a_gateways_name_can_stand_in_an_address_and_in_a_setting(name):
    with pytest.raises(BadSettings):
        make_settings(**gateways(name))
