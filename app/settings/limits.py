"""The settings of the table of limits. Windows are written `3/10min,5/h,10/d`, or `off`."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Ge, Le
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator
from pydantic_settings import NoDecode

from app.domain.limit import MAX_COUNT, OFF, Limit
from app.domain.limit_entry import LimitEntry, Unit
from app.domain.limits import LIMITS, entry_of
from app.settings.base import SettingsGroup
from app.settings.parsers import read_money_windows, read_windows


def _refuse_large_count(limit: Limit | None, *, most: int) -> Limit | None:
    """Refuse a count above `most`: a limiter in memory stores the timestamp of every call."""
    if limit and any(count > most for count, _ in limit.rules):
        raise ValueError(f"a window of this limit takes at most {most:,}: each call is stored in memory")
    return limit


def _field(entry: LimitEntry) -> tuple[Any, Any]:
    """Return the type and the default of a limit's setting."""
    value: Any
    if entry.unit is Unit.SWITCH:
        value = bool
    elif entry.unit is Unit.COUNT:
        value = Annotated[int, Ge(1), Le(entry.most)]
    elif entry.unit is Unit.MONEY:
        value = Annotated[Limit, NoDecode, BeforeValidator(read_money_windows)]
    else:
        value = Annotated[Limit | None if entry.default is None else Limit, NoDecode, BeforeValidator(read_windows)]
        if entry.most < MAX_COUNT:
            value = Annotated[value, AfterValidator(partial(_refuse_large_count, most=entry.most))]
    return value, Field(default=entry.default, description=entry.protects)


def _app_field(entry: LimitEntry) -> tuple[Any, None]:
    """Return the type of a limit in the settings of one app; None stands for the service's figure."""
    if entry.unit is Unit.COUNT:
        return Annotated[int, Field(strict=True, ge=1, le=entry.most)] | None, None
    read = read_money_windows if entry.unit is Unit.MONEY else read_windows
    return Annotated[Limit | None, BeforeValidator(read)], None


if TYPE_CHECKING:  # mypy cannot read fields that a table declares; `figure` reads them by name
    _LimitFields = SettingsGroup
    _AppLimitFields = BaseModel
else:
    _LimitFields = create_model(
        "_LimitFields", __base__=SettingsGroup, **{entry.setting: _field(entry) for entry in LIMITS}
    )
    _AppLimitFields = create_model(
        "_AppLimitFields",
        __config__=ConfigDict(frozen=True, extra="forbid"),
        **{entry.name: _app_field(entry) for entry in LIMITS if entry.is_per_app},
    )


class LimitSettings(_LimitFields):
    """Limits. A count is 1 to 1,000,000 (in memory, 10,000), an amount 0.01 to 1,000,000, a window 1 s to 30 days."""

    def figure(self, name: str) -> Any:  # noqa: ANN401  windows, a count or a switch, by the unit of the limit
        """Return the figure of one limit; None where nothing was decided."""
        return getattr(self, entry_of(name).setting)

    def limit(self, name: str) -> Limit:
        """Return the windows of one limit; none where nothing was decided."""
        return self.figure(name) or OFF


class AppLimits(_AppLimitFields):
    """Limits that an app may override; a missing limit is the service's."""

    def figure(self, name: str) -> Any:  # noqa: ANN401  windows or a count, by the unit of the limit
        """Return the app's own figure; None where it has none."""
        return getattr(self, name, None)

    @model_validator(mode="before")
    @classmethod
    def _refuse_shared_limits(cls, value: object) -> object:
        """Refuse a limit that counts across all apps: one app cannot change it for the others."""
        shared = {entry.name for entry in LIMITS if not entry.is_per_app}
        refused = [
            entry for entry in LIMITS if entry.name in shared and isinstance(value, dict) and entry.name in value
        ]
        if refused:
            words = ", ".join(sorted(entry.name for entry in refused))
            settings = ", ".join(sorted(f"OTP_{entry.setting.upper()}" for entry in refused))
            raise ValueError(f"{words}: counted across all apps, so set {settings} instead")
        return value
