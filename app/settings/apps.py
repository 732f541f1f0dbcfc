"""Settings of each app: key digests, origins, and values that override the service's."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app.domain.events import MAX_ENDPOINTS, TYPES_BY_NAME
from app.domain.verification import PURPOSE
from app.settings.addresses import read_event_url, read_origin
from app.settings.json_files import read_document
from app.settings.limits import AppLimits
from app.settings.parsers import BrandName, Host, pattern, read_countries, read_sender
from app.settings.texts import CustomTexts, MessageTexts

DEFAULT_PURPOSES = frozenset({"login"})
"""The purposes of a publishable key that lists none."""

_EXAMPLE = '{"shop": {"secret_keys": ["<sha256>"]}}'


AppName = Annotated[
    str,
    pattern(
        "[a-z][a-z0-9_-]{0,31}", "an app's name is 1 to 32 lower-case letters, digits, _ or -, and begins with a letter"
    ),
]
_Digest = Annotated[  # a key in clear text would be stored in a file that is not secret
    str,
    pattern(
        "[0-9a-f]{64}", "a key is listed by its SHA-256, in 64 lower-case hexadecimal digits; `otp keys new` prints it"
    ),
]
_Purpose = Annotated[
    str, pattern(PURPOSE, "a purpose is 1 to 32 lower-case letters, digits or _, and begins with a letter")
]
_Origin = Annotated[str, AfterValidator(read_origin)]


def _require_one(types: frozenset[str]) -> frozenset[str]:
    if not types:
        raise ValueError("list at least one type of event")
    return types


def _read_event_type(name: str) -> str:
    if name not in TYPES_BY_NAME:
        raise ValueError(f"there is no such type of event; write one of {', '.join(TYPES_BY_NAME)}")
    return name


class EventEndpointSettings(BaseModel):
    """Where an app's events of some types are sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(read_event_url)] = Field(repr=False)
    types: Annotated[frozenset[Annotated[str, AfterValidator(_read_event_type)]], AfterValidator(_require_one)]
    whole_number: bool = False
    """Whether events carry the whole number; else it is masked, as receivers often log what they get."""


def _read_event_endpoints(endpoints: list[EventEndpointSettings]) -> list[EventEndpointSettings]:
    if len({endpoint.url for endpoint in endpoints}) < len(endpoints):
        raise ValueError("two endpoints have the same URL; list its types in one of them")
    if len(endpoints) > MAX_ENDPOINTS:
        raise ValueError(f"list at most {MAX_ENDPOINTS} endpoints")
    return endpoints


class CamaraSettings(BaseModel):
    """What an app may do as a client of the CAMARA facade."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: _Purpose = "login"
    """The purpose of its verifications, and of the texts that it may send."""

    free_text: Annotated[bool, Field(strict=True)] = False
    """Whether it may send any text around the code: who has its secret can then write to anyone in your name."""


class AppSettings(BaseModel):
    """The settings of one app; a missing value is the service's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret_keys: list[_Digest] = Field(default=[])
    publishable_keys: dict[_Digest, list[_Purpose]] = Field(default={})
    """Each key digest with the purposes that it may be used for; an empty list means `login`."""

    relays: Annotated[bool, Field(strict=True)] = False
    """Whether browsers stand behind its secret keys: limits then count their calls as those of strangers."""

    twilio_tokens: dict[_Digest, list[_Purpose]] = Field(default={})
    """Each token digest of the Twilio facade with the purposes that it may be used for, each of them a Verify service;
    an empty list means `login`. Without tokens, the app has no facade."""

    camara: CamaraSettings | None = None
    """Whether the app is a client of the CAMARA facade: its name is the client's id, a secret key the client's secret.
    `{}` opens it, for the purpose `login`. Without it, the app has no such facade."""

    free_text: Annotated[bool, Field(strict=True)] = False
    """Whether its secret keys may send any text: who has one can then write to anyone in your name."""

    message_texts: MessageTexts = Field(default={})
    """Texts of its messages by name and language, `*` for every other, with variables of your choice: `{"order_sent":
    {"en": "Your order {order} is on its way.", "nl": "Je bestelling {order} is onderweg."}}`."""

    transactional: list[_Purpose] = Field(default=[])
    """Purposes of messages that the recipient needs, such as of an order: they are sent to one who opted out of the
    app's messages, unless the vendor refuses them. Advertising is never one."""

    origins: list[_Origin] = Field(default=[])
    """Origins of the pages that may use a publishable key."""

    countries: Annotated[frozenset[str] | None, BeforeValidator(read_countries)] = None
    limits: AppLimits = AppLimits()
    human_check: Literal["always", "suspicious", "never"] | None = None
    brand: BrandName | None = None
    sender: Annotated[str, AfterValidator(read_sender)] | None = None
    autofill_host: Host = ""
    texts: CustomTexts = Field(default={})
    android_hash: Annotated[
        str, pattern("([A-Za-z0-9+/]{11})?", "an app's hash is the 11 characters that Google's SMS Retriever requires")
    ] = ""
    """Hash of the Android app that reads the SMS automatically; it is the end of the SMS."""

    events: Annotated[list[EventEndpointSettings], AfterValidator(_read_event_endpoints)] = Field(default=[])
    """Where events are sent."""


def read_apps(value: object) -> object:
    """Parse the apps from JSON or from a JSON file."""
    return (
        read_document(value, example=_EXAMPLE, repeats="an app, a key or a field") if isinstance(value, str) else value
    )
