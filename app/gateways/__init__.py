"""Hands: one file per gateway, and one line per gateway here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.gateway import Gateway
from app.domain.gateway_throttle import Pace
from app.gateways.aws.gateway import Aws
from app.gateways.dev_inbox import DevelopersPhone
from app.gateways.gateway_client import Wire
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

Built = tuple[Gateway, Pace]


@dataclass(frozen=True, slots=True)
class Kind:
    """A gateway as one can be made: its class, and the settings that it takes."""

    make: Callable[[Any, Wire], Gateway]
    settings: type[GatewaySettings]

    def __call__(self, values: Mapping[str, object], wire: Wire) -> Built:
        """Make one from its settings as they were written, and say how fast it may be called.

        Raises pydantic's `ValidationError`.
        """
        own = self.settings.model_validate(values)
        bounds = own.bounds(wire.bounds)
        return self.make(own, replace(wire, bounds=bounds)), Pace(slots=bounds.slots, rate=own.rate)


GATEWAYS: Mapping[str, Kind] = {
    "aws": Kind(Aws, Aws.Settings),
    "gatewayapi": Kind(GatewayApi, GatewayApi.Settings),
    "http": Kind(HttpGateway, HttpGateway.Settings),
    "infobip": Kind(Infobip, Infobip.Settings),
    "messagebird": Kind(MessageBird, MessageBird.Settings),
    "phone": Kind(DevelopersPhone, DevelopersPhone.Settings),
    "plivo": Kind(Plivo, Plivo.Settings),
    "sinch": Kind(Sinch, Sinch.Settings),
    "smstools": Kind(Smstools, Smstools.Settings),
    "telnyx": Kind(Telnyx, Telnyx.Settings),
    "twilio": Kind(Twilio, Twilio.Settings),
    "vonage": Kind(Vonage, Vonage.Settings),
}
