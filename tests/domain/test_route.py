"""Which gateways carry the SMS of a country, and in which order."""

from collections import Counter

from app.domain.route import Routes, RouteStep

ROUTES = Routes([[RouteStep("one")], [RouteStep("two")]], {"US": [[RouteStep("three", sender="+15550100")]]})


def test_a_country_has_its_own_route_and_all_others_share_one():
    assert [route_step.gateway for route_step in ROUTES.route_steps("US", "x")] == ["three"]
    assert [route_step.gateway for route_step in ROUTES.route_steps("NL", "x")] == ["one", "two"]
    assert [route_step.gateway for route_step in ROUTES.route_steps("", "x")] == ["one", "two"]


def test_every_gateway_that_some_route_leads_to_is_named():
    assert ROUTES.gateways == {"one", "two", "three"}


def test_legs_that_share_a_step_are_drawn_by_their_weights_and_the_rest_follows():
    """The others of the step are asked before the next step: it is there for when all of them fail."""
    routes = Routes([[RouteStep("one", weight=3), RouteStep("two", weight=1)], [RouteStep("last")]], {})
    orders = Counter(
        tuple(route_step.gateway for route_step in routes.route_steps("NL", f"vf_{number}")) for number in range(4000)
    )

    assert set(orders) == {("one", "two", "last"), ("two", "one", "last")}
    assert 2880 < orders["one", "two", "last"] < 3120, "3,000 expected; 4.4 standard deviations each way"


def test_one_send_always_draws_the_same_order():
    """Whoever takes it over from a dead worker asks in the order of the one who died."""
    routes = Routes([[RouteStep(f"g{number}") for number in range(10)]], {})

    assert routes.route_steps("NL", "vf_1|1") == routes.route_steps("NL", "vf_1|1")
    assert routes.route_steps("NL", "vf_1|1") != routes.route_steps("NL", "vf_1|2")
    assert len(set(routes.route_steps("NL", "vf_1|1"))) == 10
