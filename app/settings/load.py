"""Reads the settings from `.env`, environment and files, and says in sentences what is wrong."""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from app.settings.model import Settings
from app.settings.refusals import contradictions, production_refusals

_PREFIX = "OTP_"
_FILE = "_FILE"


class BadSettings(Exception):
    """The settings cannot be used; one sentence each says why and how to mend it."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def load_settings(environ: Mapping[str, str], env_file: Path | None = None) -> Settings:
    """Read all settings; the environment goes before `.env`. Raises `BadSettings` with all reasons at once.

    pydantic-settings would ignore a misspelt name; here it stops the start.
    """
    values = _collect(environ, env_file)
    strange = [name for name in values if not _is_known(name)]
    if strange:
        raise BadSettings(
            [f"{name} is no setting. Look it up in the README's table, or remove it." for name in strange]
        )
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in values.items()}
    try:
        settings = Settings(**source())
    except ValidationError as error:
        raise BadSettings([_sentence(mistake["loc"], mistake["msg"]) for mistake in error.errors()]) from None
    wrong = contradictions(settings)
    if settings.is_production:
        wrong += production_refusals(settings)
    if wrong:
        raise BadSettings(wrong)
    return settings


def _collect(environ: Mapping[str, str], env_file: Path | None) -> dict[str, str]:
    """Merge `.env` and environment, and read what is given as `<NAME>_FILE`; foreign names are left alone."""
    kept = dotenv_values(env_file) if env_file else {}
    given = {**kept, **environ}
    ours = {name.upper(): value or "" for name, value in given.items() if name.upper().startswith(_PREFIX)}
    values = {name: value for name, value in ours.items() if not name.endswith(_FILE)}
    for name, path in ours.items():
        if name.endswith(_FILE):
            plain = name.removesuffix(_FILE)
            if plain in values:
                raise BadSettings([f"{plain} and {name} are both given. Keep one of them."])
            values[plain] = _read(name, path)
    return values


def _read(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, ValueError):
        raise BadSettings([f"{name} names a file that cannot be read. Check its path and permissions."]) from None


def _is_known(name: str) -> bool:
    """Tell whether a name is a setting; those of gateways have three parts and are read by the gateway."""
    parts = name.removeprefix(_PREFIX).lower().split("__")
    if parts[0] == "gateways":
        return len(parts) == 3 and all(parts)  # noqa: PLR2004  gateways, name, setting
    return len(parts) == 1 and parts[0] in Settings.model_fields


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    """Say what is wrong with one setting, and why it has its bounds; never its value."""
    name = str(place[0])
    reason = " ".join((Settings.model_fields[name].description or "").split())
    inner = "".join(f" ({part})" for part in place[1:])
    return f"{_PREFIX}{name.upper()}{inner}: {message.removeprefix('Value error, ')}. {reason}".strip()
