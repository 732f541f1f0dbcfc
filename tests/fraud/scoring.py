"""What a run shows: cost stopped, people refused and challenged, and how long an attack went on."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.fraud.simulation import Judged, Sitting


@dataclass(frozen=True)
class Figures:
    """The figures of one run, or the sums of several; shares are between 0 and 1."""

    requests: int = 0
    sittings: int = 0
    refused: int = 0
    """Honest sittings of which no request passed."""

    challenged: int = 0
    """Honest sittings with a challenge, whether it was passed or not."""

    approved: int = 0
    there: int = 0
    """Honest sittings in the country that is attacked, since the attack began."""

    there_refused: int = 0
    cost: float = 0
    """Euros that the attack would have cost without a defence."""

    passed_cost: float = 0
    attacks: int = 0
    stop_after: tuple[float, ...] = ()
    """Of each run that refused something of its attack: seconds from its first request to the first refused."""

    stop_cost: tuple[float, ...] = ()
    """Of the same: euros spent by then."""

    why_people: Counter[str] = field(default_factory=Counter)
    """The reasons of refusals and challenges of people: a limit, or what the guard saw."""

    why_attack: Counter[str] = field(default_factory=Counter)

    @property
    def refused_share(self) -> float:
        """Return the share of honest sittings that are refused."""
        return self.refused / max(1, self.sittings)

    @property
    def challenged_share(self) -> float:
        """Return the share of honest sittings that are challenged."""
        return self.challenged / max(1, self.sittings)

    @property
    def there_share(self) -> float:
        """Return the share of the attacked country's people who are refused."""
        return self.there_refused / max(1, self.there)

    @property
    def stopped_share(self) -> float:
        """Return the share of an attack's cost that is not spent."""
        return 1 - self.passed_cost / self.cost if self.cost else 0

    def __add__(self, other: "Figures") -> "Figures":
        names = self.__dataclass_fields__
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in names})


def passed(judged: Judged) -> bool:
    """Return whether an SMS is sent."""
    return judged.last.decision == "allow"


def score(run: Sequence[Judged], harmed: str = "", since: float = 0) -> Figures:
    """Return the figures of one run.

    `harmed` is the country whose people the attack may harm; honest sittings are scored from `since` on.
    """
    people, attack = defaultdict(list), []
    for judged in run:
        if judged.sitting.is_attack:
            attack.append(judged)
        else:
            people[id(judged.sitting)].append(judged)
    scored = [tries for tries in people.values() if tries[0].sitting.start >= since]
    refused = [tries[0].sitting for tries in scored if not any(map(passed, tries))]
    begin = attack[0].request.at if attack else 0
    there = [tries[0].sitting for tries in scored if _is_there(tries[0].sitting, harmed, begin)]
    stop = next((n for n, judged in enumerate(attack) if not passed(judged)), None)
    return Figures(
        requests=len(run),
        sittings=len(scored),
        refused=len(refused),
        challenged=sum(any(judged.first.decision == "challenge" for judged in tries) for tries in scored),
        approved=sum(tries[0].sitting.is_approved for tries in scored),
        there=len(there),
        there_refused=sum(_is_there(sitting, harmed, begin) for sitting in refused),
        cost=_cost(attack),
        passed_cost=_cost(filter(passed, attack)),
        attacks=int(bool(attack)),
        stop_after=() if stop is None else (attack[stop].request.at - begin,),
        stop_cost=() if stop is None else (_cost(attack[:stop]),),
        why_people=_reasons(judged for judged in run if not judged.sitting.is_attack),
        why_attack=_reasons(attack),
    )


def _is_there(sitting: Sitting, harmed: str, begin: float) -> bool:
    return sitting.country == harmed and sitting.start >= begin


def _cost(run: Iterable[Judged]) -> float:
    return sum(judged.request.cost for judged in run)


def _reasons(run: Iterable[Judged]) -> Counter[str]:
    """Count why requests did not pass at once, like `limit sends_per_address` or `block novelty+money`."""
    reasons: Counter[str] = Counter()
    for judged in run:
        first = judged.first
        if first.decision != "allow":
            reasons[f"{first.decision} {first.limit or '+'.join(sorted(first.evidence)) or first.code or ''}"] += 1
    return reasons
