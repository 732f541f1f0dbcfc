"""Read what the fraud guard watches, and store what operators allow or block."""

from dataclasses import dataclass, replace
from typing import Any, cast

from app.domain.guard import GuardDecision
from app.store.context import StoreContext
from app.store.scripts import redis_errors

_READ = 1000  # newest decisions that a status reads
_COUNTRY = b"country:"
_RULE = b"rule:"
_MAX_RULES = 1000
_LONGEST_COUNTRY = 3
_HUNDREDTHS = 100  # of sends and people in a row
_ENDS = 5  # the place of that field in the row of a block, after the time


@dataclass(frozen=True, slots=True)
class GuardEvidence:
    """A challenge or block, as it is kept; `at` and `ends` are milliseconds since 1970, `ends` 0 for none."""

    at: int
    app: str
    decision: GuardDecision
    mode: str
    country: str
    block: str
    range: str
    evidence: tuple[str, ...]
    of_block: float  # of the threshold of its block; 1 is the threshold
    of_country: float
    ends: int = 0


@dataclass(frozen=True, slots=True)
class CountryState:
    """The figures of a country: what is left of its credit, in sends, of how much, and the people approved lately."""

    app: str
    country: str
    credit: float
    most: float
    people: float


@dataclass(frozen=True, slots=True)
class GuardRule:
    """What an operator allows or blocks: a country, or the name of a block or range; `ends` is 0 for no end."""

    app: str
    subject: str
    decision: GuardDecision
    ends: int


class GuardState:
    """The fraud guard's statistics and rules, for operators."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store

    async def evidence(self, *, most: int = _READ) -> list[GuardEvidence]:
        """Read the newest challenges and blocks, the newest first, each with the end of its block."""
        redis, key = self._store.redis, self._store.key
        with redis_errors():
            entries: Any = await redis.xrevrange(key("guard_evidence"), count=most)
            found = [
                _evidence({name.decode(): value.decode() for name, value in fields.items()}) for _, fields in entries
            ]
            names = list({one.block.removeprefix("b_") for one in found})
            rows: list[Any] = [await redis.hget(key("guard_blocks", name[:2]), name[2:]) for name in names]
        ends = {f"b_{name}": _ends(row) for name, row in zip(names, rows, strict=True)}
        return [replace(one, ends=ends[one.block]) for one in found]

    async def countries(self, app: str) -> list[CountryState]:
        """Read the figures of an app's countries, as they stood when each was used last."""
        fields = await self._fields(app)
        return sorted(
            (_country(app, name, line) for name, line in fields.items() if name.startswith(_COUNTRY)),
            key=lambda country: country.credit - country.most,
        )

    async def rules(self, app: str, now: int) -> list[GuardRule]:
        """Read what operators allow and block in an app, but for what has ended."""
        fields = await self._fields(app)
        found = [_rule(app, name, line) for name, line in fields.items() if name.startswith(_RULE)]
        return sorted((rule for rule in found if not 0 < rule.ends <= now), key=lambda rule: rule.subject)

    async def set_rule(self, rule: GuardRule) -> bool:
        """Store a rule in place of an earlier one; return False where an app has a thousand already."""
        field = _rule_field(rule.subject)
        rules = [name for name in await self._fields(rule.app) if name.startswith(_RULE)]
        if field.encode() not in rules and len(rules) >= _MAX_RULES:
            return False
        key, stored = self._store.key("guard", rule.app), f"{rule.decision} {rule.ends} {rule.subject}"
        with redis_errors():
            await cast("Any", self._store.redis.hset(key, field, stored))
        return True

    async def drop_rule(self, app: str, subject: str) -> bool:
        """Delete a rule; return False where there is none."""
        field = _rule_field(subject)
        with redis_errors():
            return bool(await cast("Any", self._store.redis.hdel(self._store.key("guard", app), field)))

    async def _fields(self, app: str) -> dict[bytes, bytes]:
        with redis_errors():
            return cast(
                "dict[bytes, bytes]", await cast("Any", self._store.redis.hgetall(self._store.key("guard", app)))
            )


def _evidence(fields: dict[str, str]) -> GuardEvidence:
    return GuardEvidence(
        at=int(fields["at"]),
        app=fields["app"],
        decision=GuardDecision(fields["decision"]),
        mode=fields["mode"],
        country=fields["country"],
        block=fields["block"],
        range=fields["range"],
        evidence=tuple(fields["evidence"].split(",")),
        of_block=float(fields["of_block"]),
        of_country=float(fields["of_country"]),
    )


def _ends(row: bytes | None) -> int:
    """Return when a block ends, in milliseconds: the sixth value of its row; 0 where it was never stopped."""
    values = (row or b"").split(b",")
    return int(float(values[_ENDS])) * 1000 if len(values) > _ENDS else 0


def _country(app: str, name: bytes, line: bytes) -> CountryState:
    _, start, credit, _, people, *_ = (float(value) / _HUNDREDTHS for value in line.split(b","))
    return CountryState(app, name.removeprefix(_COUNTRY).decode(), credit, start + people, people)


def _rule_field(subject: str) -> str:
    """Return the field of a rule, whose names have no `b_` and `r_`."""
    return f"{_RULE.decode()}{subject if len(subject) <= _LONGEST_COUNTRY else subject[2:]}"


def _rule(app: str, name: bytes, line: bytes) -> GuardRule:
    decision, ends, *subject = line.decode().split(" ")
    return GuardRule(app, subject[0] if subject else name.decode(), GuardDecision(decision), int(ends))
