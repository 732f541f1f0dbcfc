"""Parsing of `OTP_ROUTES`."""

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


def routes(value, *names):
    text = value if isinstance(value, str) else json.dumps(value)
    settings = make_settings(routes=text, **gateways(*names))
    return as_routes(settings.routes, names)


def error_text(value, *names):
    with pytest.raises(BadSettings) as refusal:
        routes(value, *names)
    return " ".join(refusal.value.sentences)


def test_short_form_is_a_list_of_names():
    assert routes({"*": ["one", "two"]}, "one", "two").default == [[RouteStep("one")], [RouteStep("two")]]


def test_long_form_sets_sender_and_registered_ids():
    route_step = {"gateway": "one", "sender": "ACMEIN", "entity_id": "1101", "template_id": "1107"}
    parsed = routes({"*": ["one"], "IN": [route_step]}, "one")

    assert parsed.countries == {"IN": [[RouteStep("one", 1, "ACMEIN", "1101", "1107")]]}


def test_gateways_share_a_step_by_weight():
    parsed = routes({"*": [["one", {"gateway": "two", "weight": 3}], "three"]}, "one", "two", "three")

    assert parsed.default == [[RouteStep("one"), RouteStep("two", weight=3)], [RouteStep("three")]]


def test_routes_are_read_from_a_file(tmp_path):
    file = tmp_path / "routes.json"
    file.write_text('{"*": ["one"]}')

    assert routes(str(file), "one").default == [[RouteStep("one")]]


def test_without_routes_the_only_gateway_is_the_default():
    assert as_routes({}, ["one"]).default == [[RouteStep("one")]]


@pytest.mark.parametrize("sender", ["Acme", "+15550100", "12345"])
def test_route_sender_accepts_a_name_a_number_or_a_short_code(sender):
    assert routes({"*": [{"gateway": "one", "sender": sender}]}, "one").default[0][0].sender == sender


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("[1", "neither JSON"),
        ('{"*": ', "it is not valid JSON"),
        ('{"*": ["one"], "*": ["one"]}', "twice"),
        ({"*": "one"}, "a route is a list"),
        ({"*": []}, "a route is a list"),
        ({"*": [[]]}, "share a step"),
        ({"*": ["one"] * 11}, "a route is a list of 1 to 10"),
        ({"*": ["one", "one"]}, "names a gateway twice"),
        ({"*": ["nobody"]}, "names nobody, which no OTP_GATEWAYS__… configures"),
        ({"*": ["s3cret/+31612345678"]}, "names …, which"),
        ({"NL": ["one"]}, "does not list the gateways of all other countries"),
        ({"*": ["one"], "nl": ["one"]}, "two capital letters"),
        ({"*": ["one"], "XX": ["one"]}, "two capital letters"),
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
def test_invalid_routes_stop_the_start_with_a_sentence(value, message):
    sentences = error_text(value, "one")

    assert message in sentences
    assert "s3cret" not in sentences
    assert "612345678" not in sentences


def test_two_gateways_without_routes_stop_the_start():
    """The operator must choose which vendor sends first, since it decides the costs."""
    with pytest.raises(BadSettings) as refusal:
        make_settings(**gateways("one", "two"))

    assert '{"*": ["one", "two"]}' in str(refusal.value)


@pytest.mark.parametrize("name", ["One-Two", "1one", "one__two", "_one"])
def test_gateway_name_must_be_valid_in_urls_and_in_settings(name):
    with pytest.raises(BadSettings):
        make_settings(**gateways(name))
