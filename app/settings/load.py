"""Load the settings from `.env`, the environment and files, and report every error as a sentence."""

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
_LIBRARY_NAMES = (
    "{} is a setting of slowapi, the rate limit library, which the service configures itself. "
    "Remove it, and set OTP_LIMIT_CALLS_PER_ADDRESS instead."
)
_QUOTABLE = re.compile("(?!sk_|pk_)[a-z][A-Za-z0-9_-]{0,31}|[*]")  # the name of an app or a field; a digest is longer


class BadSettings(Exception):
    """The settings are invalid; each sentence states one error and its fix."""

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
    """Load all settings; the environment overrides `.env`. Raises `BadSettings` with all errors at once.

    `also` returns further errors: the gateways validate their own settings.
    pydantic-settings would ignore a misspelt name; here it stops the start.
    """
    values, errors = _collect(environ, env_file)
    unknown = [name for name in values if not _is_known(name)]
    errors += [f"{name} is not a setting. Look it up in docs/operating/settings.md, or remove it." for name in unknown]
    settings, errors_by_setting = _build(
        _group_by_setting({name: value for name, value in values.items() if name not in unknown})
    )
    errors += chain.from_iterable(errors_by_setting.values())
    if "env" not in errors_by_setting:
        check_errors = consistency_errors(settings)
        if settings.is_production:
            check_errors += production_errors(settings, today or datetime.now(UTC).date())
        # An invalid setting has its default here, which the operator did not write: an error about it would mislead.
        invalid = {f"{_PREFIX}{name.upper()}" for name in errors_by_setting}
        errors += [reason for reason in [*check_errors, *also(settings)] if invalid.isdisjoint(_NAMES.findall(reason))]
    if errors:
        raise BadSettings(errors)
    return settings


def _build(values: dict[str, Any]) -> tuple[Settings, dict[str, list[str]]]:
    """Build the settings; replace an invalid one by its default, so that the rest can be checked too."""
    errors_by_setting: dict[str, list[str]] = {}
    try:
        return Settings(**values), errors_by_setting
    except ValidationError as invalid:
        for error in invalid.errors():
            errors_by_setting.setdefault(str(error["loc"][0]), []).append(_describe(error))
    return Settings(
        **{name: value for name, value in values.items() if name not in errors_by_setting}
    ), errors_by_setting


def _group_by_setting(values: Mapping[str, str]) -> dict[str, Any]:
    """Map each setting to its text, the settings of a gateway nested below its name."""
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in values.items()}
    return source()


def _collect(environ: Mapping[str, str], env_file: Path | None) -> tuple[dict[str, str], list[str]]:
    """Merge `.env` and environment, and read the file of each `<NAME>_FILE`; ignore names without the prefix."""
    from_file: Mapping[str, str | None] = {}
    errors: list[str] = []
    try:
        from_file = dotenv_values(env_file) if env_file else {}
    except (OSError, ValueError):
        errors.append(f"{env_file} cannot be read. Check its permissions, and that it is UTF-8.")
    errors += [
        _LIBRARY_NAMES.format(name) for name in {**from_file, **environ} if name.upper().startswith("RATELIMIT_")
    ]
    errors += [*_find_duplicates(from_file), *_find_duplicates(environ)]
    own_values = {
        name.upper(): value or "" for name, value in [*from_file.items(), *environ.items()] if _has_prefix(name)
    }
    values = {name: value for name, value in own_values.items() if not name.endswith(_FILE)}
    for name in [name for name in own_values if name.endswith(_FILE)]:
        plain = name.removesuffix(_FILE)
        if plain in values:
            errors.append(f"{plain} and {name} are both set. Keep one of them.")
            continue
        try:
            values[plain] = Path(own_values[name]).read_text().strip()
        except (OSError, ValueError):
            errors.append(f"{name} names a file that cannot be read. Check its path and permissions.")
    return values, errors


def _has_prefix(name: str) -> bool:
    return name.upper().startswith(_PREFIX)


def _find_duplicates(values: Mapping[str, object]) -> list[str]:
    """Find names that one source sets in two spellings; which of them wins would be undefined."""
    spellings: dict[str, list[str]] = {}
    for name in filter(_has_prefix, values):
        spellings.setdefault(name.upper(), []).append(name)
    duplicates = {name: " and ".join(names) for name, names in spellings.items() if len(names) > 1}
    return [f"{name} is set twice, as {names}. Keep one of them." for name, names in duplicates.items()]


def _is_known(name: str) -> bool:
    """Return whether a name is a setting; a gateway's has three parts, and the gateway validates it."""
    parts = name.removeprefix(_PREFIX).lower().split("__")
    if parts[0] == "gateways":
        return len(parts) == 3 and all(parts)  # noqa: PLR2004  gateways, name, setting
    return len(parts) == 1 and parts[0] in Settings.model_fields


def _describe(error: Mapping[str, Any]) -> str:
    """Describe an error of a setting, with the setting's description, or of a part of one; never quote the value."""
    name, *inner = error["loc"]
    path = ".".join(str(part) for part in inner if isinstance(part, int) or _QUOTABLE.fullmatch(part))
    reason = "" if inner else " ".join((Settings.model_fields[name].description or "").split())
    return f"{_PREFIX}{name.upper()}{f' ({path})' if path else ''}: {describe_error(error)}. {reason}".strip()
