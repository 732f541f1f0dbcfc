"""Settings of how an SMS is sent and how the response is read."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.gateways.generic.setting_types import Body, Errors, Fields, Headers, JsonPath, Scope, Value, WordTable
from app.gateways.settings_fields import Address, GatewaySettings, HeaderSecret
from app.settings.parsers import read_optional_sender


class SendSettings(GatewaySettings):
    """One request and one response per SMS."""

    url: Address
    """The URL that sends an SMS, without placeholders: a value in it could change the address."""

    plain_http: bool = False
    """Whether `http://` is allowed, which sends codes unencrypted: only for a server in your own network."""

    method: Literal["GET", "POST", "PUT"] = "POST"
    """`GET` has no body: all values are in `QUERY`."""

    headers: Headers = Field(default={})
    """JSON, like `{"Authorization": "{basic}"}`. Printable ASCII only; the text of the SMS is not allowed."""

    query: Fields = Field(default={})
    """JSON, like `{"to": "{to}", "text": "{text}"}`: the query parameters of the request."""

    form: Fields = Field(default={})
    """JSON, like `QUERY`: an `application/x-www-form-urlencoded` body."""

    body: Body = None
    """JSON that is sent as a JSON body; it may contain objects and lists."""

    user: HeaderSecret | None = None
    """The value of `{user}`, and with the password of `{basic}`."""

    password: HeaderSecret | None = None
    """The value of `{password}`."""

    secret: HeaderSecret | None = None
    """The value of `{secret}`: an API key."""

    account: Value = ""
    """The value of `{account}`: what a vendor wants beside the key, like an application or a channel."""

    template: Value = ""
    """The value of `{template}`: the vendor's own text, for a vendor that takes only the `{code}`."""

    oauth_url: Address | None = None
    """The token endpoint of OAuth 2.0 client credentials; `USER` and `PASSWORD` are the client's, and `{token}` is
    the access token."""

    oauth_scope: Scope = ""
    """The scope to ask for, if the vendor wants one."""

    oauth_client: Literal["basic", "form"] = "basic"
    """Where the token endpoint expects the client's id and secret."""

    sender: Annotated[str, AfterValidator(read_optional_sender)] = ""
    """The value of `{sender}` if neither the app nor a route sets one: a name, a number or a short code."""

    repeats_safely: bool = False
    """Whether the vendor deduplicates by `{id}`, so that a repeated call does not send a second SMS."""

    ok_at: JsonPath = ""
    """Path of the result, for vendors that answer 200 to every request."""

    ok: WordTable = frozenset()
    """The results that mean accepted, separated by commas. Any other is a refusal."""

    id_at: JsonPath = ""
    """Path of the vendor's id of the SMS. Empty: our id is used, and reports must carry it."""

    error_at: JsonPath = ""
    """Path of the vendor's error."""

    errors: Errors = Field(default={})
    """JSON, like `{"E12": "invalid_number"}`: what an error means, for any HTTP status. Values are our reasons,
    `unreachable` (not accepted, try again) and `unsure` (perhaps accepted)."""

    balance_url: Address | None = None
    """The URL from which `otp gateways check` gets the balance, by GET with the same `HEADERS`."""

    balance_query: Fields = Field(default={})
    """Like `QUERY`, for that request."""

    balance_at: JsonPath = ""
    """Path of the balance."""
