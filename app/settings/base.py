"""The base class of every group of settings."""

from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class SettingsGroup(BaseSettings):
    """A group of settings; each is an environment variable with the prefix `OTP_`, its docstring is its description."""

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
        """Read no environment here: `load` reads it, and reports misspelt names."""
        return (init_settings,)


def default(default: str) -> Any:  # noqa: ANN401  a default as text, which the validator parses
    """Declare a default in the form in which an operator would write it."""
    return Field(default=default)
