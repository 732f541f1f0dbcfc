"""SMS gateways: one module per vendor, registered in `GATEWAYS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.gateway import Gateway
from app.domain.gateway_throttle import RateConfig
from app.gateways.aws.gateway import Aws
from app.gateways.bird import Bird
from app.gateways.dev_inbox import DevInbox
from app.gateways.gateway_client import GatewayClient
from app.gateways.gatewayapi import GatewayApi
from app.gateways.generic.gateway import HttpGateway
from app.gateways.infobip import Infobip
from app.gateways.messagebird import MessageBird
from app.gateways.plivo import Plivo
from app.gateways.settings_fields import GatewaySettings
from app.gateways.sinch import Sinch
from app.gateways.smstools import Smstools
from app.gateways.telnyx import Telnyx
from app.gateways.twilio import Twilio
from app.gateways.vonage import Vonage

BuiltGateway = tuple[Gateway, RateConfig]


@dataclass(frozen=True, slots=True)
class GatewayType:
    """A gateway class with its settings model."""

    make: Callable[[Any, GatewayClient], Gateway]
    settings: type[GatewaySettings]

    def __call__(self, values: Mapping[str, object], client: GatewayClient) -> BuiltGateway:
        """Build a gateway from its raw settings, and return it with its rate configuration.

        Raises pydantic's `ValidationError`.
        """
        settings = self.settings.model_validate(values)
        timeouts = settings.timeouts(client.timeouts)
        return self.make(settings, replace(client, timeouts=timeouts)), RateConfig(
            slots=timeouts.slots, rate=settings.rate
        )


GATEWAYS: Mapping[str, GatewayType] = {
    "aws": GatewayType(Aws, Aws.Settings),
    "bird": GatewayType(Bird, Bird.Settings),
    "gatewayapi": GatewayType(GatewayApi, GatewayApi.Settings),
    "http": GatewayType(HttpGateway, HttpGateway.Settings),
    "infobip": GatewayType(Infobip, Infobip.Settings),
    "messagebird": GatewayType(MessageBird, MessageBird.Settings),
    "inbox": GatewayType(DevInbox, DevInbox.Settings),
    "plivo": GatewayType(Plivo, Plivo.Settings),
    "sinch": GatewayType(Sinch, Sinch.Settings),
    "smstools": GatewayType(Smstools, Smstools.Settings),
    "telnyx": GatewayType(Telnyx, Telnyx.Settings),
    "twilio": GatewayType(Twilio, Twilio.Settings),
    "vonage": GatewayType(Vonage, Vonage.Settings),
}
