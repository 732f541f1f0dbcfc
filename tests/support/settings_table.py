"""Writes the README's table of settings from the settings themselves."""

from annotated_types import Ge, Le
from pydantic import SecretStr

from app.settings.model import Settings
from app.settings.service import SAMPLE_SECRETS


def rows():
    """One row a setting: name, default, bounds, meaning, as the README must show it."""
    return [row(name, field) for name, field in Settings.model_fields.items()]


def row(name, field):
    meaning = " ".join(field.description.split())
    return f"| `OTP_{name.upper()}` | {shown(field.default)} | {timeouts(field)} | {meaning} |"


def shown(default):
    """Secrets show no default: the sample is refused where it matters."""
    if isinstance(default, SecretStr) or default in ("", None, {}, (), SAMPLE_SECRETS):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def timeouts(field):
    low = [str(rule.ge) for rule in field.metadata if isinstance(rule, Ge)]
    high = [str(rule.le) for rule in field.metadata if isinstance(rule, Le)]
    if low and high:
        return f"{low[0]} to {high[0]}"
    choices = getattr(field.annotation, "__args__", ()) if "Literal" in str(field.annotation) else ()
    return ", ".join(f"`{choice}`" for choice in choices)
