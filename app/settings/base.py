"""What every group of settings is built on."""

from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class SettingsGroup(BaseSettings):
    """Settings that belong together; each is an environment name with `OTP_` in front, its reason stands below it."""

    model_config = SettingsConfigDict(
        env_prefix="OTP_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_default=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take nothing from the surroundings: `load` reads them, refuses misspelt names, and says so."""
        return (init_settings,)


def default(default: str) -> Any:  # noqa: ANN401  a default in the operator's words, which the validator reads
    """Give a default as an operator would write it."""
    return Field(default=default)
