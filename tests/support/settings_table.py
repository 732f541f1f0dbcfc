"""Generate the table of docs/operating/settings.md from their fields and docstrings."""

from annotated_types import Ge, Le
from pydantic import SecretStr

from app.settings.model import Settings
from app.settings.service import SAMPLE_SECRETS


def rows(part=""):
    """Return one Markdown row per setting whose name contains `part`: name, default, bounds, description."""
    return [row(name, field) for name, field in Settings.model_fields.items() if part.lower() in name]


def row(name, field):
    meaning = " ".join(field.description.split())
    return f"| `OTP_{name.upper()}` | {format_default(field.default)} | {bounds(field)} | {meaning} |"


def format_default(default):
    """Return the default as Markdown; secrets show none, since production refuses the sample."""
    if isinstance(default, SecretStr) or default in ("", None, {}, (), SAMPLE_SECRETS):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def bounds(field):
    low = [str(rule.ge) for rule in field.metadata if isinstance(rule, Ge)]
    high = [str(rule.le) for rule in field.metadata if isinstance(rule, Le)]
    if low and high:
        return f"{low[0]} to {high[0]}"
    choices = getattr(field.annotation, "__args__", ()) if "Literal" in str(field.annotation) else ()
    return ", ".join(f"`{choice}`" for choice in choices)
