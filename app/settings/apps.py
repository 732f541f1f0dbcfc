"""The apps: keys by digest, pages, and what an operator decided otherwise for one of them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.domain.verification import PURPOSE
from app.settings.addresses import read_origin
from app.settings.json_files import read_document
from app.settings.limits import LimitSettings, Windows
from app.settings.parsers import Host, WordList, pattern, read_countries, read_sender
from app.settings.texts import OwnTexts

DEFAULT_PURPOSES = frozenset({"login"})
"""What a publishable key is for whose purposes are not listed."""

_LIKE = '{"shop": {"secret_keys": ["<sha256>"]}}'


AppName = Annotated[
    str,
    pattern(
        "[a-z][a-z0-9_-]{0,31}", "an app's name is 1 to 32 small letters, digits, _ or -, the first of them a letter"
    ),
]
_Digest = Annotated[  # a key in clear would lie in a file that is no secret
    str,
    pattern("[0-9a-f]{64}", "a key is listed by its SHA-256, in 64 small hexadecimal digits; `otp keys new` prints it"),
]
_Purpose = Annotated[
    str, pattern(PURPOSE, "a purpose is 1 to 32 small letters, digits or _, the first of them a letter")
]
_Origin = Annotated[str, AfterValidator(read_origin)]


class OwnLimits(BaseModel):
    """Limits that an app may have of its own; what is left out is the service's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sends_per_subject: Windows | None = None
    sends_per_app: Windows | None = None
    sends_per_verification: Annotated[int, Field(strict=True, ge=1, le=10)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _counts_for_one_app(cls, given: object) -> object:
        """Refuse a limit that counts over all apps: one of them cannot change it for the others."""
        shared = {name.removeprefix("limit_") for name in LimitSettings.model_fields} - set(cls.model_fields)
        named = sorted(shared & set(given)) if isinstance(given, dict) else []
        if named:
            settings = ", ".join(f"OTP_LIMIT_{name.upper()}" for name in named)
            raise ValueError(f"{', '.join(named)}: counted over all apps, so set {settings} instead")
        return given


class AppSettings(BaseModel):
    """One app; what is left out is the service's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret_keys: list[_Digest] = Field(default=[])
    publishable_keys: dict[_Digest, list[_Purpose]] = Field(default={})
    """Each with the purposes that it may be used for; none means `login`."""

    origins: list[_Origin] = Field(default=[])
    """The pages that may use a publishable key."""

    countries: Annotated[frozenset[str] | None, BeforeValidator(read_countries)] = None
    limits: OwnLimits = OwnLimits()
    human_check: Literal["always", "suspicious", "never"] | None = None
    brand: WordList | None = None
    sender: Annotated[str, AfterValidator(read_sender)] | None = None
    autofill_host: Host = ""
    texts: OwnTexts = Field(default={})
    android_hash: Annotated[
        str, pattern("([A-Za-z0-9+/]{11})?", "an app's hash is the 11 characters that Google's SMS Retriever asks for")
    ] = ""
    """Of the app on a phone that reads the SMS by itself; it stands at the end of the SMS."""


def read_apps(given: object) -> object:
    """Read the apps from JSON, or from the file that is named."""
    return read_document(given, example=_LIKE, repeats="an app, a key or a field") if isinstance(given, str) else given
