"""What an honest person does from the first request until the code is typed in, or until they give up."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from random import Random

from tests.fraud.people import Person
from tests.fraud.protocol import Decision, Outcome, Request
from tests.fraud.simulation import Sitting, Steps

SOLVES = 0.95
"""How likely a person passes a human check."""

LIFETIME = 300
"""Seconds until a code expires."""

MAX_REQUESTS = 4
"""Of the most patient person, resends included."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a person meets: how likely an SMS is lost at a time, is reported, and is typed in, and what it costs."""

    cost: float
    converts: float
    reports: float
    lost: Callable[[float], float]


def sit(person: Person, start: float, meets: Circumstances, random: Random) -> Sitting:
    """Return the sitting of a person."""
    return Sitting(start, person.country, _steps(person, start, meets, random))


def _steps(person: Person, start: float, meets: Circumstances, random: Random) -> Steps:
    """Ask, wait, type, and ask again where no code comes."""
    at, sent = start, None
    patience, is_serious = random.choice([2, 3, 3, MAX_REQUESTS]), random.random() < meets.converts
    for _ in range(patience):
        resend = sent if random.random() < 0.7 else None
        decision = yield _request(person, at, meets.cost, resend)
        assert decision is not None, "a request always has a decision"
        at, decision = yield from _check(at, decision, random)
        if decision.decision != "allow":
            sent = None
            at += random.uniform(20, 120)
            if random.random() < 0.4:
                return
            continue
        sent = decision.id
        delay, waits = min(random.lognormvariate(1.8, 1), 600), random.uniform(35, 150)
        if random.random() < meets.lost(at):
            yield from _report(at + random.uniform(20, 1800), sent, "undelivered", meets, random)
        else:
            yield from _report(at + delay, sent, "delivered", meets, random)
            if is_serious and delay < waits:
                yield from _type(person, at + delay, sent, random)
                return
        at += waits
        if random.random() < (0.25 if is_serious else 0.85):
            return


def _request(person: Person, at: float, cost: float, resend: int | None) -> Request:
    is_device = person.keeps_token and person.approved_at < at
    return Request(at, person.number, person.country, person.address, cost, person.key, is_device, resend)


def _check(
    at: float, decision: Decision, random: Random
) -> Generator[Outcome, Decision | None, tuple[float, Decision]]:
    """Pass the human check, mostly; return when, and the last decision."""
    if decision.decision != "challenge":
        return at, decision
    at += random.uniform(4, 25)
    answer = (yield Outcome(at, decision.id, "passed")) if random.random() < SOLVES else None
    return at, answer or decision


def _report(at: float, sent: int, word: str, meets: Circumstances, random: Random) -> Steps:
    if random.random() < meets.reports:
        yield Outcome(at, sent, word)


def _type(person: Person, at: float, sent: int, random: Random) -> Steps:
    """Type the code before it expires, after a mistake now and then."""
    expires = at + LIFETIME
    for _ in range(2):
        at += random.lognormvariate(2.7, 0.6)
        if random.random() >= 0.06:
            break
        yield Outcome(at, sent, "wrong")
    if at < expires:
        yield Outcome(at, sent, "approved")
        person.approved_at = min(person.approved_at, at)
