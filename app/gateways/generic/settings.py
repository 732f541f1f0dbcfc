"""All settings of the generic gateway, with the defaults of a vendor's profile."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from app.gateways.generic.profiles import PROFILES
from app.gateways.generic.report_settings import ReportSettings
from app.gateways.generic.send_settings import SendSettings
from app.gateways.generic.validation import report_errors, send_errors


def _profile(name: str) -> str:
    if name not in PROFILES:
        raise ValueError(f"unknown profile; available: {', '.join(PROFILES)}")
    return name


class HttpSettings(ReportSettings, SendSettings):
    """The settings of one vendor of the generic gateway."""

    profile: Annotated[str, AfterValidator(_profile)] | None = None
    """A vendor with predefined settings; settings that are given explicitly take precedence."""

    @model_validator(mode="before")
    @classmethod
    def _from_profile(cls, given: Mapping[str, object]) -> dict[str, object]:
        """Fill in the profile's settings that are not given."""
        return {**PROFILES.get(str(given.get("profile")), {}), **given}

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        """Report every inconsistency in one error."""
        wrong = send_errors(self) + report_errors(self)
        if wrong:
            raise ValueError(" ".join(wrong))
        return self
