"""Hands: one file per gateway, and one line per gateway here."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from app.domain.gateway import Gateway
from app.gateways.fields import GatewaySettings
from app.gateways.phone import DevelopersPhone
from app.gateways.smstools import Smstools
from app.outbound import Outbound

_Settings = TypeVar("_Settings", bound=GatewaySettings)
Build = Callable[[Mapping[str, object], Outbound], Gateway]


def _gateway(make: Callable[[_Settings, Outbound], Gateway], settings: type[_Settings]) -> Build:
    """Make a gateway from its settings as they were written; raises pydantic's `ValidationError`."""
    return lambda values, outbound: make(settings.model_validate(values), outbound)


GATEWAYS: Mapping[str, Build] = {
    "phone": _gateway(DevelopersPhone, DevelopersPhone.Settings),
    "smstools": _gateway(Smstools, Smstools.Settings),
}
