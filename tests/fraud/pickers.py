"""How attackers choose the next number; each learns what was refused, and may move on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from tests.fraud.destinations import draw_blocks, number_anywhere, number_in

Target = tuple[str, str]
"""A number in E.164, and its country."""


class Picker(Protocol):
    """Chooses numbers."""

    def pick(self, random: Random) -> Target:
        """Return the next number."""

    def learn_refusal(self, random: Random) -> None:
        """Learn that the last number was refused."""


@dataclass
class InBlocks:
    """Numbers of these blocks at random; each is a block and its country. A refusal changes nothing."""

    blocks: Sequence[Target]

    def pick(self, random: Random) -> Target:
        """Return a number of any of the blocks."""
        block, country = random.choice(self.blocks)
        return number_in(random, block, country), country

    def learn_refusal(self, random: Random) -> None:
        """Stay."""


@dataclass
class Anywhere:
    """Numbers all over a country."""

    country: str

    def pick(self, random: Random) -> Target:
        """Return any number."""
        return number_anywhere(random, self.country), self.country

    def learn_refusal(self, random: Random) -> None:
        """Stay."""


@dataclass
class Moving:
    """Numbers of one block of a country after the other: the next one whenever a number is refused."""

    country: str
    block: str = ""

    def pick(self, random: Random) -> Target:
        """Return a number of the present block."""
        if not self.block:
            (self.block,) = draw_blocks(random, self.country, 1)
        return number_in(random, self.block, self.country), self.country

    def learn_refusal(self, random: Random) -> None:
        """Move on."""
        self.block = ""


@dataclass
class Listed:
    """The numbers of a list, in turn."""

    numbers: Sequence[Target]
    _next: int = field(default=0)

    def pick(self, random: Random) -> Target:
        """Return the next number of the list, after the last one the first."""
        self._next += 1
        return self.numbers[(self._next - 1) % len(self.numbers)]

    def learn_refusal(self, random: Random) -> None:
        """Stay."""
