"""All settings of a gateway of one's own, with what a profile knows of a vendor."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from app.gateways.generic.profiles import PROFILES
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.generic.send_settings import SendSettings
from app.gateways.generic.validation import report_errors, send_errors


def _profile(name: str) -> str:
    if name not in PROFILES:
        raise ValueError(f"there is no such profile; there are: {', '.join(PROFILES)}")
    return name


class HttpSettings(ReportSettings, SendSettings):
    """A vendor of one's own, in words."""

    profile: Annotated[str, AfterValidator(_profile)] | None = None
    """A vendor whose settings are known; what is set beside it goes before."""

    @model_validator(mode="before")
    @classmethod
    def _from_profile(cls, given: Mapping[str, object]) -> dict[str, object]:
        """Begin with what the profile knows."""
        return {**PROFILES.get(str(given.get("profile")), {}), **given}

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        """Say all that cannot be so at once."""
        wrong = send_errors(self) + report_errors(self)
        if wrong:
            raise ValueError(" ".join(wrong))
        return self
