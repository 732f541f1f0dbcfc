"""Warnings about routes: senders and DLT ids that never reach a network."""

from dataclasses import replace

from app.domain.phone_number import NumberRules
from app.domain.route import Routes, RouteStep
from app.domain.route_warnings import RouteProblem, RouteWarning, route_warnings
from app.settings.to_domain import apps_of
from tests.support.builders import make_settings
from tests.support.fake_gateways import FakeGateway

DLT, NOT_TAKEN, NOT_SHOWN = RouteProblem.DLT_IDS_IGNORED, RouteProblem.SENDER_NOT_TAKEN, RouteProblem.NAME_NOT_SHOWN


def gateway(name="one", *, sender="", refused=(), takes_dlt_ids=False):
    fake = FakeGateway(name=name)
    fake.sender, fake.refused_senders, fake.takes_dlt_ids = sender, refused, takes_dlt_ids
    return fake


def app(name="shop", *, sender="", countries=None):
    made = next(iter(apps_of(make_settings()).values()))
    policy = replace(made.policy, numbers=NumberRules(countries=countries))
    return replace(made, name=name, policy=policy, templates=replace(made.templates, sender=sender))


def warnings(*gateways, route=None, countries=None, apps=None):
    by_name = {one.name: one for one in gateways}
    routes = Routes([[step] for step in route or map(RouteStep, by_name)], countries or {})
    return route_warnings(routes, by_name, {one.name: one for one in apps or [app()]})


def test_dlt_ids_of_a_gateway_without_such_a_field_are_ignored():
    takes, ignores = gateway("takes", takes_dlt_ids=True), gateway("ignores")
    india = [[RouteStep("takes", entity_id="1")], [RouteStep("ignores", template_id="2")], [RouteStep("ignores")]]

    assert warnings(takes, ignores, route=[RouteStep("takes")], countries={"IN": india}) == [
        RouteWarning(DLT, "ignores", ("IN",))
    ]


def test_the_sender_of_an_app_that_a_gateway_does_not_take_is_named_with_the_app():
    apps = [app("shop", sender="A&B", countries={"NL"}), app("bank", sender="Bank", countries={"NL"})]

    assert warnings(gateway(refused=["A&B"]), gateway("two"), apps=apps) == [
        RouteWarning(NOT_TAKEN, "one", ("*",), "shop")
    ]


def test_the_sender_of_a_step_replaces_those_of_the_apps():
    route = [RouteStep("one", sender="+31600000000")]

    assert warnings(gateway(refused=["A&B"]), route=route, apps=[app(sender="A&B")]) == []


def test_the_sender_of_a_step_that_its_gateway_does_not_take_concerns_every_app():
    route = {"NL": [[RouteStep("one", sender="A&B")]]}

    assert warnings(gateway(refused=["A&B"]), countries=route, apps=[app("shop"), app("bank")]) == [
        RouteWarning(NOT_TAKEN, "one", ("NL",))
    ]


def test_a_name_is_not_shown_in_countries_that_take_none():
    assert warnings(gateway(sender="Acme")) == [RouteWarning(NOT_SHOWN, "one", ("CA", "CN", "PR", "US"))]


def test_a_country_that_is_not_open_has_no_warning():
    apps = [app("shop", countries={"NL"}), app("store", countries={"US", "NL"}, sender="Store")]

    assert warnings(gateway(sender="Acme"), apps=apps) == [RouteWarning(NOT_SHOWN, "one", ("US",), "store")]


def test_a_number_or_short_code_for_the_country_ends_the_warning():
    steps = {country: [[RouteStep("one", sender="12345")]] for country in ("CA", "CN", "PR", "US")}

    assert warnings(gateway(sender="Acme"), countries=steps) == []
    assert warnings(gateway(sender="+15550100")) == []


def test_a_vendor_that_chooses_the_sender_has_no_warning():
    assert warnings(gateway(sender="")) == []
