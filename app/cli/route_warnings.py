"""The warnings about routes, in sentences: what is in vain, and what to do."""

from app.cli.output import Finding
from app.container import Container
from app.domain.route_warnings import RouteProblem, RouteWarning, route_warnings

_SENTENCES = {
    RouteProblem.DLT_IDS_IGNORED: (
        "does not pass on the `entity_id` and `template_id` of the route {countries}; "
        "register them in its account instead"
    ),
    RouteProblem.SENDER_NOT_TAKEN: (
        "takes no SMS with {whose} in the route {countries}; change it, or give this gateway a `sender` in OTP_ROUTES"
    ),
    RouteProblem.NAME_NOT_SHOWN: (
        "{whose} is a name, and networks in {countries} show none; "
        "give this gateway a number or a short code as `sender` for them in OTP_ROUTES"
    ),
}


def describe_route_warnings(container: Container) -> list[Finding]:
    """Describe each warning about the routes."""
    deliver_message = container.deliver_message
    warnings = route_warnings(deliver_message.routes, deliver_message.gateways, deliver_message.apps)
    return [("warn", warning.gateway, _describe(warning)) for warning in warnings]


def _describe(warning: RouteWarning) -> str:
    whose = f"the sender of the app {warning.app}" if warning.app else "its sender"
    return _SENTENCES[warning.problem].format(countries=", ".join(warning.countries), whose=whose)
