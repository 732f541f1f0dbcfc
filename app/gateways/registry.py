"""Builds the gateways that an operator has set up, and says in sentences what is wrong with their settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.domain.gateway import Gateway
from app.domain.gateway_throttle import GatewayThrottle, RateConfig
from app.domain.keyring import Keyring
from app.domain.route import Routes
from app.gateways import GATEWAYS
from app.gateways.gateway_client import GatewayClient
from app.http_client import HttpClientPool, Timeouts
from app.settings.load import BadSettings
from app.settings.messages import describe_error
from app.settings.model import Settings
from app.settings.routes import as_routes
from app.settings.sending import DEVELOPERS


@dataclass(frozen=True, slots=True)
class GatewayRegistry:
    """All gateways by name, the way into each, and which of them carry whose SMS."""

    gateways: Mapping[str, Gateway]
    paces: Mapping[str, RateConfig]
    routes: Routes
    report_urls: Mapping[str, str]
    """Where the vendors' reports arrive, as it is pasted into their dashboards; some end in a secret."""

    @property
    def senders(self) -> dict[str, Gateway]:
        """Pick the gateways that some route names; the others only report what they were once given."""
        return {name: gateway for name, gateway in self.gateways.items() if name in self.routes.gateways}

    def throttles(self) -> dict[str, GatewayThrottle]:
        """Make the gates of one worker."""
        return {name: GatewayThrottle(self.paces[name]) for name in self.senders}


def build_gateways(settings: Settings, keyring: Keyring, http_pool: HttpClientPool) -> GatewayRegistry:
    """Build the gateways in their order, and the routes; development has its phone beside them.

    Raises `BadSettings` that names each wrong setting.
    """
    wanted: dict[str, dict[str, str]] = dict(settings.gateways)
    if settings.is_production:  # it is refused as a whole; its settings are not worth a sentence
        wanted = {name: own for name, own in wanted.items() if own.get("kind", name) != DEVELOPERS}
    else:
        phone = {"url": settings.public_url, "report_token": inbox_token(keyring)}
        wanted[DEVELOPERS] = phone | wanted.get(DEVELOPERS, {})
    wrong: list[str] = []
    gateways, paces = {}, {}
    for name, values in wanted.items():
        kind = values.get("kind", name)
        if kind not in GATEWAYS:
            wrong.append(_unknown(name, is_named="kind" in values))
            continue
        own = {setting: value for setting, value in values.items() if setting != "kind"}
        try:
            gateways[name], paces[name] = GATEWAYS[kind](own, _client(name, settings, http_pool))
        except ValidationError as error:
            wrong += [_describe(name, mistake) for mistake in error.errors()]
    if wrong:
        raise BadSettings(wrong)
    own_vendors = [name for name in gateways if name != DEVELOPERS]
    routes = as_routes(settings.routes, own_vendors or list(gateways))
    return GatewayRegistry(
        gateways, paces, routes, {name: _report_url(name, settings, wanted[name]) for name in gateways}
    )


def gateway_errors(settings: Settings, keyring: Keyring) -> list[str]:
    """Say what is wrong with the settings of gateways, before anything starts."""
    try:
        build_gateways(settings, keyring, HttpClientPool())
    except BadSettings as error:
        return error.sentences
    return []


def default_timeouts(settings: Settings) -> Timeouts:
    """Say what any peer may take of us that has no figures of its own."""
    return Timeouts(settings.gateway_connect_timeout, settings.gateway_timeout, settings.worker_slots)


def inbox_token(keyring: Keyring) -> str:
    """Draw the secret part of the report address of the developer's inbox, the same in every process."""
    return keyring.name("report token", DEVELOPERS)


def _client(name: str, settings: Settings, http_pool: HttpClientPool) -> GatewayClient:
    return GatewayClient(name, _report_url(name, settings, {}), http_pool, default_timeouts(settings))


def _report_url(name: str, settings: Settings, own: Mapping[str, str]) -> str:
    token = own.get("report_token", "")
    return f"{settings.public_url}/v1/reports/{name}{'/' if token else ''}{token}"


def _unknown(name: str, *, is_named: bool) -> str:
    there_are = f"There are: {', '.join(GATEWAYS)}"
    if is_named:
        return f"OTP_GATEWAYS__{name.upper()}__KIND: there is no such gateway. {there_are}."
    return f"OTP_GATEWAYS__{name.upper()}__…: there is no such gateway. {there_are}; a name of your own needs a KIND."


def _describe(gateway: str, mistake: Mapping[str, Any]) -> str:
    setting = "__".join(str(part).upper() for part in mistake["loc"]) or "…"
    return f"OTP_GATEWAYS__{gateway.upper()}__{setting}: {describe_error(mistake)}."
