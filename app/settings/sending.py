"""Settings of delivery: gateways, routes and timeouts."""

from typing import Annotated

from annotated_types import Ge, Le
from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from app.settings.base import SettingsGroup
from app.settings.parsers import pattern
from app.settings.prices import PriceRow, read_prices
from app.settings.routes import Country, Steps, read_routes

DEV_INBOX = "inbox"
"""Name of the developer's inbox, a gateway that only development has."""

GatewayName = Annotated[
    str,
    pattern("[a-z][a-z0-9]*(_[a-z0-9]+)*", "a gateway's name is letters, digits and single _, starting with a letter"),
]


class SendingSettings(SettingsGroup):
    """Gateways, routes and timeouts. Durations are seconds."""

    gateways: dict[GatewayName, dict[str, str]] = Field(default={}, repr=False)
    """`OTP_GATEWAYS__<NAME>__<SETTING>`: the vendors that carry the SMS; each has its own table. A gateway with a name
    of your choice, for a second account or the generic HTTP gateway, sets its type with `__KIND`."""

    routes: Annotated[dict[Country, Steps], NoDecode, BeforeValidator(read_routes)] = Field(default={})
    """The gateways of each country, in their order, in JSON, or the path of a JSON file; `*` is all other countries:
    `{"*": ["smstools", "twilio"], "US": ["twilio"]}`. Unset: the only gateway that is configured."""

    prices: Annotated[tuple[PriceRow, ...], NoDecode, BeforeValidator(read_prices)] = Field(default=())
    """What one segment of an SMS costs, as the path of a CSV or JSON file of `gateway,country,price`, with `*` for
    either: [prices](prices.md). Limits on money need it. Unset: the fraud guard takes each to cost 0.10."""

    currency: Annotated[str, pattern("[A-Z]{3}", "write three capital letters of ISO 4217, like EUR")] = "EUR"
    """The currency of `OTP_PRICES` and of limits on money."""

    report_wait: Annotated[int, Ge(0), Le(300)] = 0
    """Seconds without a delivery report after which the next gateway sends; 0 means never. Costs a second SMS whenever
    a report is late, so it is off by default; 20 suits vendors with reliable reports."""

    gateway_connect_timeout: Annotated[float, Ge(0.1), Le(10)] = 3
    """Seconds to connect to a vendor. When it expires, nothing was sent, so a retry is safe."""

    gateway_timeout: Annotated[float, Ge(0.2), Le(60)] = 10
    """Seconds for a whole call of a vendor. When it expires, the SMS may or may not have been sent."""

    gateway_patience: Annotated[float, Ge(0.2), Le(60)] = 4
    """Seconds after which the next gateway of the route sends in place of one that does not respond. The slow one may
    send the same code too."""

    event_timeout: Annotated[float, Ge(1), Le(30)] = 20
    """Seconds for a whole call of an endpoint of events. One that takes longer gets the event again."""

    worker_slots: Annotated[int, Ge(1), Le(1000)] = 100
    """Concurrent SMS per gateway, in each worker. A vendor that does not respond holds a slot for
    `OTP_GATEWAY_TIMEOUT`, and never one of another vendor."""
