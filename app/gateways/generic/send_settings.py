"""Settings of how an SMS is sent, and how the answer is read."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.gateways.generic.setting_types import Body, Errors, Fields, Headers, JsonPath, WordTable
from app.gateways.settings_fields import Address, GatewaySettings, HeaderSecret
from app.settings.parsers import read_route_sender


class SendSettings(GatewaySettings):
    """One call, one answer."""

    url: Address
    """Where an SMS is posted to, without placeholders: a value in it could name another address."""

    plain_http: bool = False
    """Whether the vendor may be called by `http://`, where codes travel readably: for a machine in a network of your
    own."""

    method: Literal["GET", "POST", "PUT"] = "POST"
    """`GET` has no body: all is in `QUERY`."""

    headers: Headers = Field(default={})
    """JSON, like `{"Authorization": "{basic}"}`. Printable ASCII only; the text cannot stand here."""

    query: Fields = Field(default={})
    """JSON, like `{"to": "{to}", "text": "{text}"}`: what stands behind the `?` of the address."""

    form: Fields = Field(default={})
    """JSON likewise: a body in the form of a web page."""

    body: Body = None
    """JSON that is sent as JSON, objects and lists in it included."""

    user: HeaderSecret | None = None
    """What `{user}` stands for, and with the password `{basic}`."""

    password: HeaderSecret | None = None
    """What `{password}` stands for."""

    secret: HeaderSecret | None = None
    """What `{secret}` stands for: an API key."""

    sender: Annotated[str, AfterValidator(read_route_sender)] = ""
    """What `{sender}` stands for, where neither the app nor a route names one: a name, a number or a short code."""

    repeats_safely: bool = False
    """Whether the vendor knows an SMS by `{id}`, so that the same call again is no second SMS."""

    ok_at: JsonPath = ""
    """Where the vendor says whether it took the SMS, for those that answer 200 to everything."""

    ok: WordTable = frozenset()
    """What stands there if it did, by commas. Anything else is a refusal."""

    id_at: JsonPath = ""
    """Where the vendor's id of the SMS stands. Nowhere: our own is its name, and reports must carry it."""

    error_at: JsonPath = ""
    """Where the vendor's error stands."""

    errors: Errors = Field(default={})
    """JSON, like `{"E12": "invalid_number"}`: what an error means; it is looked up whatever the HTTP status. Beside our
    reasons there are `unreachable` (not taken, try again) and `unsure` (perhaps taken)."""

    balance_url: Address | None = None
    """Where `otp gateways check` asks for the balance, by GET with the same `HEADERS`."""

    balance_query: Fields = Field(default={})
    """As `QUERY`, for that call."""

    balance_at: JsonPath = ""
    """Where the balance stands."""
