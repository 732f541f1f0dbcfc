"""Reads the settings from `.env`, environment and files, and says in sentences what is wrong."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from app.settings.consistency_checks import consistency_errors
from app.settings.messages import describe_error
from app.settings.model import Settings
from app.settings.production_checks import production_errors

_PREFIX = "OTP_"
_FILE = "_FILE"
_NAMES = re.compile(r"OTP_\w+")
_LIBRARY_NAMES = (  # whoever sets one believes in limits other than there are
    "{} is of slowapi, the library that counts calls in front of the service, and changes nothing here. "
    "Remove it, and set OTP_LIMIT_CALLS_PER_ADDRESS instead."
)
_QUOTABLE = re.compile("(?!sk_|pk_)[a-z][A-Za-z0-9_-]{0,31}|[*]")  # the name of an app or a field; a digest is longer


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
    wrong += chain.from_iterable(mistakes.values())
    if "env" not in mistakes:
        reasons = consistency_errors(settings)
        if settings.is_production:
            reasons += production_errors(settings, today or datetime.now(UTC).date())
        unread = {f"{_PREFIX}{name.upper()}" for name in mistakes}  # nothing is said of what they might have been
        wrong += [reason for reason in [*reasons, *also(settings)] if unread.isdisjoint(_NAMES.findall(reason))]
    if wrong:
        raise BadSettings(wrong)
    return settings


def _build(given: dict[str, Any]) -> tuple[Settings, dict[str, list[str]]]:
    """Make the settings; a wrong one becomes its default and its sentences, so that the rest can be judged too."""
    mistakes: dict[str, list[str]] = {}
    try:
        return Settings(**given), mistakes
    except ValidationError as error:
        for mistake in error.errors():
            mistakes.setdefault(str(mistake["loc"][0]), []).append(_describe(mistake))
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
    wrong += [_LIBRARY_NAMES.format(name) for name in {**kept, **environ} if name.upper().startswith("RATELIMIT_")]
    wrong += [*_twice(kept), *_twice(environ)]
    ours = {name.upper(): value or "" for name, value in [*kept.items(), *environ.items()] if _is_ours(name)}
    values = {name: value for name, value in ours.items() if not name.endswith(_FILE)}
    for name in [name for name in ours if name.endswith(_FILE)]:
        plain = name.removesuffix(_FILE)
        if plain in values:
            wrong.append(f"{plain} and {name} are both given. Keep one of them.")
            continue
        try:
            values[plain] = Path(ours[name]).read_text().strip()
        except (OSError, ValueError):
            wrong.append(f"{name} names a file that cannot be read. Check its path and permissions.")
    return values, wrong


def _is_ours(name: str) -> bool:
    return name.upper().startswith(_PREFIX)


def _twice(given: Mapping[str, object]) -> list[str]:
    """Find names that stand in one place in two spellings; which of them counts would be anybody's guess."""
    spelled: dict[str, list[str]] = {}
    for name in filter(_is_ours, given):
        spelled.setdefault(name.upper(), []).append(name)
    twice = {name: " and ".join(names) for name, names in spelled.items() if len(names) > 1}
    return [f"{name} is given twice, as {names}. Keep one of them." for name, names in twice.items()]


def _is_known(name: str) -> bool:
    """Tell whether a name is a setting; those of gateways have three parts and are read by the gateway."""
    parts = name.removeprefix(_PREFIX).lower().split("__")
    if parts[0] == "gateways":
        return len(parts) == 3 and all(parts)  # noqa: PLR2004  gateways, name, setting
    return len(parts) == 1 and parts[0] in Settings.model_fields


def _describe(mistake: Mapping[str, Any]) -> str:
    """Say what is wrong with a setting, and why it has its bounds, or with a part of one; never its value."""
    name, *inner = mistake["loc"]
    place = ".".join(str(part) for part in inner if isinstance(part, int) or _QUOTABLE.fullmatch(part))
    reason = "" if inner else " ".join((Settings.model_fields[name].description or "").split())
    return f"{_PREFIX}{name.upper()}{f' ({place})' if place else ''}: {describe_error(mistake)}. {reason}".strip()
