"""The apps: keys by digest, pages, and what an operator decided otherwise for one of them."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.domain.limit import Limit
from app.domain.verification import PURPOSE
from app.settings.readers import Words, read_countries, read_origin, read_windows

KeyDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
AppName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Purpose = Annotated[str, StringConstraints(pattern=PURPOSE)]
Origin = Annotated[str, AfterValidator(read_origin)]
Windows = Annotated[Limit, BeforeValidator(read_windows)]


class OwnLimits(BaseModel):
    """Limits that an app may have of its own; the others count over all apps, so they are the service's."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    sends_per_subject: Windows | None = None
    sends_per_app: Windows | None = None
    sends_per_verification: Annotated[int, Field(ge=1, le=10)] | None = None


class AppSettings(BaseModel):
    """One app: its keys by SHA-256 digest, a publishable one with its purposes; what is left out is the service's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret_keys: list[KeyDigest] = Field(default=[])
    publishable_keys: dict[KeyDigest, list[Purpose]] = Field(default={})
    origins: list[Origin] = Field(default=[])
    countries: Annotated[frozenset[str] | None, BeforeValidator(read_countries)] = None
    limits: OwnLimits = OwnLimits()
    human_check: Literal["always", "suspicious", "never"] | None = None
    brand: Words | None = None
    sender: Annotated[str, StringConstraints(pattern=r"^[ -~]{0,16}$")] = ""
    autofill_host: str | None = None


def read_apps(text: object) -> object:
    """Read the apps from JSON, or from the file that is named."""
    if not isinstance(text, str):
        return text
    try:
        apps = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(
            'give JSON like {"shop": {"secret_keys": ["<sha256>"]}}, or the path of such a file'
        ) from error
    return apps
