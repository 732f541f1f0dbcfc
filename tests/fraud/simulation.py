"""Runs people and attackers against a service in the order of the trace's time; each reacts to its answers.

An actor is a generator: it yields what it does, and receives the decision on each request and on each passed check.
"""

import heapq
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from tests.fraud.protocol import Decision, Outcome, Request, Service

Steps = Generator[Request | Outcome, Decision | None, None]
"""A request waits for its time and its decision, as does the outcome `passed`. Any other outcome is scheduled, and the
actor goes on at once."""


@dataclass(slots=True)
class Sitting:
    """One person's try to sign in, or a whole attack."""

    start: float
    country: str
    steps: Steps
    is_attack: bool = False
    is_approved: bool = False


@dataclass(slots=True)
class Judged:
    """A request with its first decision, and its last: another one only where a challenge was passed."""

    sitting: Sitting
    request: Request
    first: Decision
    last: Decision


@dataclass(slots=True)
class Run:
    """Plays sittings, given in the order of their starts, against a service."""

    service: Service
    app: str = "shop"
    judged: list[Judged] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    _heap: list[tuple[float, int, Sitting, Request | Outcome]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=count)

    def play(self, sittings: Iterable[Sitting]) -> list[Judged]:
        """Return all requests with their decisions."""
        for sitting in sittings:
            self._play_until(sitting.start)
            self._go_on(sitting, None)
        self._play_until(float("inf"))
        return self.judged

    def _play_until(self, time: float) -> None:
        while self._heap and self._heap[0][0] <= time:
            _, _, sitting, action = heapq.heappop(self._heap)
            if isinstance(action, Request):
                self._go_on(sitting, self._ask(sitting, action))
            elif action.outcome == "passed":
                judged = self.judged[action.request]
                judged.last = self.service.ask(action.line())
                self._go_on(sitting, judged.last)
            else:
                self._note(sitting, action)

    def _ask(self, sitting: Sitting, request: Request) -> Decision:
        decision = self.service.ask(request.line(len(self.judged), self.app))
        self.judged.append(Judged(sitting, request, decision, decision))
        return decision

    def _note(self, sitting: Sitting, outcome: Outcome) -> None:
        self.outcomes[outcome.outcome] = self.outcomes.get(outcome.outcome, 0) + 1
        sitting.is_approved = sitting.is_approved or outcome.outcome == "approved"
        self.service.tell(outcome.line())

    def _go_on(self, sitting: Sitting, decision: Decision | None) -> None:
        """Let an actor act until it waits for a decision, or ends."""
        try:
            action = sitting.steps.send(decision)
            while isinstance(action, Outcome) and action.outcome != "passed":
                self._schedule(sitting, action)
                action = sitting.steps.send(None)
        except StopIteration:
            return
        self._schedule(sitting, action)

    def _schedule(self, sitting: Sitting, action: Request | Outcome) -> None:
        heapq.heappush(self._heap, (action.at, next(self._number), sitting, action))
