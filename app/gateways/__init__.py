"""Hands: one file per gateway, and one line per gateway here."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from app.domain.gate import Pace
from app.domain.gateway import Gateway
from app.gateways.fields import GatewaySettings
from app.gateways.phone import DevelopersPhone
from app.gateways.smstools import Smstools
from app.gateways.wire import Wire

_Settings = TypeVar("_Settings", bound=GatewaySettings)
Built = tuple[Gateway, Pace]
Build = Callable[[Mapping[str, object], Wire], Built]


def _gateway(make: Callable[[_Settings, Wire], Gateway], settings: type[_Settings]) -> Build:
    """Make a gateway from its settings as they were written, and say how fast it may be called.

    Raises pydantic's `ValidationError`.
    """

    def build(values: Mapping[str, object], wire: Wire) -> Built:
        own = settings.model_validate(values)
        bounds = own.bounds(wire.bounds)
        return make(own, replace(wire, bounds=bounds)), Pace(slots=bounds.slots, rate=own.rate)

    return build


GATEWAYS: Mapping[str, Build] = {
    "phone": _gateway(DevelopersPhone, DevelopersPhone.Settings),
    "smstools": _gateway(Smstools, Smstools.Settings),
}
