"""Who carries the SMS: gateways, routes, and how long anybody waits for them."""

from typing import Annotated

from annotated_types import Ge, Le
from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from app.settings.base import SettingsGroup
from app.settings.parsers import pattern
from app.settings.routes import Country, Steps, read_routes

DEVELOPERS = "inbox"
"""The developer's inbox, which stands beside the vendors in development, and which production refuses."""

GatewayName = Annotated[
    str, pattern("[a-z][a-z0-9]*(_[a-z0-9]+)*", "a gateway's name is letters, digits and single _, the first a letter")
]


class SendingSettings(SettingsGroup):
    """How an SMS finds its gateway. Durations are seconds."""

    gateways: dict[GatewayName, dict[str, str]] = Field(default={}, repr=False)
    """`OTP_GATEWAYS__<NAME>__<SETTING>`: the vendors that carry the SMS; each has a table of its own. A name of your
    choice, for a second account or a gateway by settings alone, says what it is with `__KIND`."""

    routes: Annotated[dict[Country, Steps], NoDecode, BeforeValidator(read_routes)] = Field(default={})
    """Which gateways carry the SMS of a country, in which order, in JSON, or the path of a JSON file; `*` is all other
    countries: `{"*": ["smstools", "twilio"], "US": ["twilio"]}`. Unset: the one gateway that is set up."""

    report_wait: Annotated[int, Ge(0), Le(300)] = 0
    """Seconds without a delivery report after which the next gateway is asked; 0 never. Costs a second SMS wherever a
    report is late, so it is off; 20 is sound where reports are reliable."""

    gateway_connect_timeout: Annotated[float, Ge(0.1), Le(10)] = 3
    """Seconds to connect to a vendor. Nothing was sent when it passes, so trying again is safe."""

    gateway_timeout: Annotated[float, Ge(0.2), Le(60)] = 10
    """Seconds for a whole call of a vendor. When it passes, nobody knows whether the SMS was sent."""

    worker_slots: Annotated[int, Ge(1), Le(1000)] = 100
    """SMS in hand at once for each gateway, in each worker. A hanging vendor holds a slot for
    `OTP_GATEWAY_TIMEOUT`, and no other vendor's."""
