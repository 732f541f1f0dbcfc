"""Routes: gateways of a country and their order."""

from collections import Counter

from app.domain.route import Routes, RouteStep

ROUTES = Routes([[RouteStep("one")], [RouteStep("two")]], {"US": [[RouteStep("three", sender="+15550100")]]})


def test_country_without_a_route_uses_the_default():
    assert [route_step.gateway for route_step in ROUTES.route_steps("US", "x")] == ["three"]
    assert [route_step.gateway for route_step in ROUTES.route_steps("NL", "x")] == ["one", "two"]
    assert [route_step.gateway for route_step in ROUTES.route_steps("", "x")] == ["one", "two"]


def test_gateways_lists_every_gateway_of_any_route():
    assert ROUTES.gateways == {"one", "two", "three"}


def test_gateways_of_a_group_are_ordered_by_weight_before_the_next_group():
    """All gateways of a group are tried before the next group, which is the fallback."""
    routes = Routes([[RouteStep("one", weight=3), RouteStep("two", weight=1)], [RouteStep("last")]], {})
    orders = Counter(
        tuple(route_step.gateway for route_step in routes.route_steps("NL", f"vf_{number}")) for number in range(4000)
    )

    assert set(orders) == {("one", "two", "last"), ("two", "one", "last")}
    assert 2880 < orders["one", "two", "last"] < 3120, "3,000 expected; 4.4 standard deviations each way"


def test_same_send_has_the_same_order():
    """A worker that claims a dead worker's job tries the gateways in the same order."""
    routes = Routes([[RouteStep(f"g{number}") for number in range(10)]], {})

    assert routes.route_steps("NL", "vf_1|1") == routes.route_steps("NL", "vf_1|1")
    assert routes.route_steps("NL", "vf_1|1") != routes.route_steps("NL", "vf_1|2")
    assert len(set(routes.route_steps("NL", "vf_1|1"))) == 10
