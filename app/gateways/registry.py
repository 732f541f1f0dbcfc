"""Build the configured gateways, and report errors in their settings."""

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
from app.http_client.pool import HttpClientPool, Timeouts
from app.settings.load import BadSettings
from app.settings.messages import describe_error
from app.settings.model import Settings
from app.settings.routes import as_routes
from app.settings.sending import DEV_INBOX


@dataclass(frozen=True, slots=True)
class GatewayRegistry:
    """All gateways by name, with their rate configurations, routes and report URLs."""

    gateways: Mapping[str, Gateway]
    rate_configs: Mapping[str, RateConfig]
    routes: Routes
    report_urls: Mapping[str, str]
    """The report addresses to paste into the vendors' dashboards; some end in a secret."""

    @property
    def senders(self) -> dict[str, Gateway]:
        """Return the gateways that a route names; the others only receive reports of earlier messages."""
        return {name: gateway for name, gateway in self.gateways.items() if name in self.routes.gateways}

    def throttles(self) -> dict[str, GatewayThrottle]:
        """Return a new throttle for each sending gateway, for one worker."""
        alone = self.routes.only_gateways
        return {name: GatewayThrottle(self.rate_configs[name], is_alone=name in alone) for name in self.senders}


def build_gateways(settings: Settings, keyring: Keyring, http_pool: HttpClientPool) -> GatewayRegistry:
    """Build the gateways in their order, and the routes; outside production the development inbox is added.

    Raises `BadSettings` that names each wrong setting.
    """
    configured: dict[str, dict[str, str]] = dict(settings.gateways)
    if settings.is_production:  # production rejects the inbox as a whole, so errors in its settings are not reported
        configured = {
            name: gateway_settings
            for name, gateway_settings in configured.items()
            if gateway_settings.get("kind", name) != DEV_INBOX
        }
    else:
        inbox = {"url": settings.public_url, "report_token": inbox_token(keyring)}
        configured[DEV_INBOX] = inbox | configured.get(DEV_INBOX, {})
    wrong: list[str] = []
    gateways, rate_configs = {}, {}
    for name, values in configured.items():
        kind = values.get("kind", name)
        if kind not in GATEWAYS:
            wrong.append(_unknown(name, is_named="kind" in values))
            continue
        gateway_settings = {setting: value for setting, value in values.items() if setting != "kind"}
        try:
            gateways[name], rate_configs[name] = GATEWAYS[kind](gateway_settings, _client(name, settings, http_pool))
        except ValidationError as error:
            wrong += [_describe(name, detail) for detail in error.errors()]
    if wrong:
        raise BadSettings(wrong)
    own_vendors = [name for name in gateways if name != DEV_INBOX]
    routes = as_routes(settings.routes, own_vendors or list(gateways))
    return GatewayRegistry(
        gateways, rate_configs, routes, {name: _report_url(name, settings, configured[name]) for name in gateways}
    )


def gateway_errors(settings: Settings, keyring: Keyring) -> list[str]:
    """Return the errors in the gateways' settings, without starting anything."""
    try:
        build_gateways(settings, keyring, HttpClientPool())
    except BadSettings as error:
        return error.sentences
    return []


def default_timeouts(settings: Settings) -> Timeouts:
    """Return the timeouts and slots of a peer that sets none."""
    return Timeouts(settings.gateway_connect_timeout, settings.gateway_timeout, settings.worker_slots)


def inbox_token(keyring: Keyring) -> str:
    """Derive the secret token of the development inbox's report address, the same in every process."""
    return keyring.name("report token", DEV_INBOX)


def _client(name: str, settings: Settings, http_pool: HttpClientPool) -> GatewayClient:
    return GatewayClient(name, _report_url(name, settings, {}), http_pool, default_timeouts(settings))


def _report_url(name: str, settings: Settings, gateway_settings: Mapping[str, str]) -> str:
    token = gateway_settings.get("report_token", "")
    return f"{settings.public_url}/v1/reports/{name}{'/' if token else ''}{token}"


def _unknown(name: str, *, is_named: bool) -> str:
    available = f"Available: {', '.join(GATEWAYS)}"
    if is_named:
        return f"OTP_GATEWAYS__{name.upper()}__KIND: unknown gateway. {available}."
    return f"OTP_GATEWAYS__{name.upper()}__…: unknown gateway. {available}; any other name needs a KIND."


def _describe(gateway: str, detail: Mapping[str, Any]) -> str:
    setting = "__".join(str(part).upper() for part in detail["loc"]) or "…"
    return f"OTP_GATEWAYS__{gateway.upper()}__{setting}: {describe_error(detail)}."
