"""Reads the settings from `.env`, environment and files, and says in sentences what is wrong."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from app.settings.model import Settings
from app.settings.refusals import contradictions, production_refusals

_PREFIX = "OTP_"
_FILE = "_FILE"
_TELLABLE = re.compile(r"^[a-z][a-z0-9_-]{0,31}$")  # the name of an app or of a field; a key in its place is longer


class BadSettings(Exception):
    """The settings cannot be used; one sentence each says why and how to mend it."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def load_settings(
    environ: Mapping[str, str],
    env_file: Path | None = None,
    *,
    today: date | None = None,
    also: Callable[[Settings], list[str]] = lambda _: [],
) -> Settings:
    """Read all settings; the environment goes before `.env`. Raises `BadSettings` with all reasons at once.

    `also` says what else is wrong; the gateways' own settings are judged by those who know them.
    pydantic-settings would ignore a misspelt name; here it stops the start.
    """
    values, wrong = _collect(environ, env_file)
    strange = [name for name in values if not _is_known(name)]
    wrong += [f"{name} is no setting. Look it up in the README's table, or remove it." for name in strange]
    settings, mistakes = _build(_nest({name: value for name, value in values.items() if name not in strange}))
    wrong += mistakes.values()
    if "env" not in mistakes:
        reasons = contradictions(settings)
        if settings.is_production:
            reasons += production_refusals(settings, today or datetime.now(UTC).date())
        said = tuple(f"{_PREFIX}{name.upper()} " for name in mistakes)
        wrong += [reason for reason in [*reasons, *also(settings)] if not reason.startswith(said)]
    if wrong:
        raise BadSettings(wrong)
    return settings


def _build(given: dict[str, Any]) -> tuple[Settings, dict[str, str]]:
    """Make the settings; a wrong one becomes its default and a sentence, so that the rest can be judged too."""
    try:
        return Settings(**given), {}
    except ValidationError as error:
        mistakes = {str(mistake["loc"][0]): _sentence(mistake["loc"], mistake["msg"]) for mistake in error.errors()}
    return Settings(**{name: value for name, value in given.items() if name not in mistakes}), mistakes


def _nest(values: Mapping[str, str]) -> dict[str, Any]:
    """Find each setting's value, those of gateways under their gateway; all are text still."""
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in values.items()}
    return source()


def _collect(environ: Mapping[str, str], env_file: Path | None) -> tuple[dict[str, str], list[str]]:
    """Merge `.env` and environment, and read what is given as `<NAME>_FILE`; foreign names are left alone."""
    kept: Mapping[str, str | None] = {}
    wrong: list[str] = []
    try:
        kept = dotenv_values(env_file) if env_file else {}
    except (OSError, ValueError):
        wrong.append(f"{env_file} cannot be read. Check its permissions, and that it is UTF-8.")
    given = {**kept, **environ}
    ours = {name.upper(): value or "" for name, value in given.items() if name.upper().startswith(_PREFIX)}
    values = {name: value for name, value in ours.items() if not name.endswith(_FILE)}
    for name, path in ours.items():
        plain = name.removesuffix(_FILE)
        if plain == name:
            continue
        if plain in values:
            wrong.append(f"{plain} and {name} are both given. Keep one of them.")
            continue
        try:
            values[plain] = Path(path).read_text().strip()
        except (OSError, ValueError):
            wrong.append(f"{name} names a file that cannot be read. Check its path and permissions.")
    return values, wrong


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
    inner = "".join(f" ({part})" for part in place[1:] if isinstance(part, int) or _TELLABLE.match(part))
    return f"{_PREFIX}{name.upper()}{inner}: {message.removeprefix('Value error, ').rstrip('.')}. {reason}".strip()
