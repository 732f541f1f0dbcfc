"""One attacker: asks for codes at a steady rate, whatever the service answers, and types codes or does not."""

from collections.abc import Generator
from dataclasses import dataclass
from random import Random
from typing import Literal

from tests.fraud.destinations import COSTS, stream
from tests.fraud.people import home_address
from tests.fraud.pickers import Picker
from tests.fraud.protocol import Decision, Outcome, Request
from tests.fraud.simulation import Sitting, Steps


@dataclass(frozen=True)
class Attack:
    """What an attacker does.

    It asks at its own rate, so what a defence stops is a share of what would be spent without one.
    """

    start: float
    sends: int
    every: float
    """Seconds between two requests, on average."""

    picker: Picker
    addresses: int = 0
    """How many addresses it has; 0 is a new one for each request, as residential proxies give."""

    typed: float = 0
    """The share of its codes that it types in."""

    typed_first: int = 0
    """How many codes it types in before that share holds."""

    guesses: int = 0
    """Wrong guesses for each code."""

    solves: float = 0
    """The share of human checks that it passes."""

    delivered: float = 0.9
    """The share of its SMS that are reported as delivered."""

    key: Literal["publishable", "secret"] = "publishable"

    def sitting(self, seed: str) -> Sitting:
        """Return the attack as one sitting; its country is empty, since no country's people are in it."""
        return Sitting(self.start, "", self._steps(stream(seed, "attack", self.start)), is_attack=True)

    def _steps(self, random: Random) -> Steps:
        at, approved = self.start, 0
        own = [home_address(random) for _ in range(self.addresses)]
        for _ in range(self.sends):
            number, country = self.picker.pick(random)
            address = random.choice(own) if own else home_address(random)
            decision = yield Request(at, number, country, address, COSTS[country], self.key)
            assert decision is not None, "a request always has a decision"
            decision = yield from self._check(at, decision, random)
            if decision.decision == "allow":
                is_typed = approved < self.typed_first or random.random() < self.typed
                approved += is_typed
                yield from self._use(at, decision.id, is_typed=is_typed, random=random)
            else:
                self.picker.learn_refusal(random)
            at += random.expovariate(1 / self.every)

    def _check(self, at: float, decision: Decision, random: Random) -> Generator[Outcome, Decision | None, Decision]:
        if decision.decision == "challenge" and random.random() < self.solves:
            return (yield Outcome(at, decision.id, "passed")) or decision
        return decision

    def _use(self, at: float, sent: int, *, is_typed: bool, random: Random) -> Steps:
        at += random.uniform(2, 15)
        if random.random() < self.delivered:
            yield Outcome(at, sent, "delivered")
        for n in range(self.guesses):
            yield Outcome(at + n + 1, sent, "wrong")
        if is_typed:
            yield Outcome(at + random.uniform(5, 60), sent, "approved")
