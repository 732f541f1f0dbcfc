"""Settings of the fraud guard."""

import re
from typing import Annotated

from annotated_types import Ge, Le
from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from app.domain.guard import GuardMode
from app.settings.base import SettingsGroup

_DURATION = re.compile(r"([1-9]\d{0,4})(s|min|h)")
_UNITS = {"s": 1, "min": 60, "h": 3600}
_SHORTEST_S, _LONGEST_S = 60, 86400


def read_duration(text: object) -> object:
    """Parse a duration like `1h`, `30min` or `90s`, of one minute to one day, as seconds."""
    if not isinstance(text, str):
        return text
    match = _DURATION.fullmatch(text.strip().lower())
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not _SHORTEST_S <= seconds <= _LONGEST_S:
        raise ValueError("write it like 1h, 30min or 90s: one minute to one day")
    return seconds


class GuardSettings(SettingsGroup):
    """The fraud guard against SMS pumping, which judges where SMS go."""

    guard: GuardMode = GuardMode.MONITOR
    """Whether destinations are judged. `monitor` decides, logs, counts and sends events, but refuses nothing; only
    `enforce` protects your bill."""

    guard_new_country: Annotated[float, Ge(0.1), Le(1000)] = 2.0
    """Money that a country without approvals may cost before its numbers are challenged or blocked, in OTP_CURRENCY; at
    least ten SMS, and at most sixty."""

    guard_block_for: Annotated[int, NoDecode, BeforeValidator(read_duration)] = Field(default="1h")  # type: ignore[assignment]  # parsed by the validator
    """How long a block of numbers is stopped at first, like `1h`, `30min` or `90s`. The time doubles each time, up to a
    day."""
