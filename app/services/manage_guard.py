"""Operators' acts on the fraud guard: show what it watches; allow or block a country, a range or a block."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.errors import InvalidRequest
from app.domain.guard import BLOCK_DIGITS, GuardDecision
from app.domain.numbering_plan import require_country
from app.store.encryption import RecordEncryption
from app.store.guard_state import CountryState, GuardEvidence, GuardRule, GuardState

_NAME = re.compile(r"[br]_[A-Za-z0-9_-]{12}")
_DIGITS = re.compile(r"(\+[1-9]\d{2,10})(x{4}|x{7})")
_WATCHED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class WatchedDestination:
    """A block, or a country where its own figures decided: its newest decision, and how many there were of late."""

    newest: GuardEvidence
    count: int


@dataclass(frozen=True, slots=True)
class GuardStatus:
    """What the guard decided of late, which countries have used up half of their credit, and what operators decided."""

    watched: Sequence[WatchedDestination]
    countries: Sequence[CountryState]
    rules: Sequence[GuardRule]


async def guard_status(apps: Sequence[str], state: GuardState, *, now: int) -> GuardStatus:
    """Read the status of all apps; of decisions, those among the newest thousand."""
    counts: dict[tuple[str, str, str], WatchedDestination] = {}
    for one in await state.evidence():
        place = (one.app, one.country, one.block if one.of_block > 1 else "")
        found = counts.get(place)
        counts[place] = WatchedDestination(found.newest, found.count + 1) if found else WatchedDestination(one, 1)
    countries = [country for app in apps for country in await state.countries(app)]
    return GuardStatus(
        list(counts.values()),
        [country for country in countries if country.credit < _WATCHED_SHARE * country.most],
        [rule for app in apps for rule in await state.rules(app, now)],
    )


def subject_names(subject: str, apps: Sequence[str], encryption: RecordEncryption) -> Mapping[str, str]:
    """Return the name of a country, block or range in each app; raises `InvalidRequest`.

    A block is written with an `x` for each of the last four digits, like +3161234xxxx, a range with one for each of the
    last seven; or by the name that the status shows, which is one app's.
    """
    if _NAME.fullmatch(subject):
        return dict.fromkeys(apps, subject)
    if match := _DIGITS.fullmatch(subject):
        number = match[1] + "0" * len(match[2])
        if len(match[2]) == BLOCK_DIGITS:
            return {app: f"b_{encryption.name_block(number, app=app)}" for app in apps}
        return {app: f"r_{encryption.name_range(number, app=app)}" for app in apps}
    if not re.fullmatch("[A-Z]{2}|001", subject):
        raise InvalidRequest(
            "Write a country like NL, a block like +3161234xxxx, a range like +3161xxxxxxx, or a name that "
            "`otp guard status` shows."
        )
    require_country(subject)
    return dict.fromkeys(apps, subject)


async def set_rules(names: Mapping[str, str], decision: GuardDecision, ends: int, state: GuardState) -> bool:
    """Allow or block a subject in these apps until a time in milliseconds, 0 for none; return False if one is full."""
    return all([await state.set_rule(GuardRule(app, subject, decision, ends)) for app, subject in names.items()])


async def drop_rules(names: Mapping[str, str], state: GuardState) -> bool:
    """Delete the rules on a subject; return False where there were none."""
    return any([await state.drop_rule(app, subject) for app, subject in names.items()])
