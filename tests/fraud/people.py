"""Where honest people live: the countries of a service, the blocks and networks of each, and who signs in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Literal

from tests.fraud.destinations import COSTS, HOME, draw_blocks, number_anywhere, number_in, stream

NETWORKS = ("24.16", "31.10", "46.5", "62.45", "77.22", "81.30", "84.80", "92.40", "109.20", "151.30", "188.20")
"""The first half of the IPv4 addresses of homes; each is public."""


@dataclass(slots=True)
class Person:
    """Someone with a number, and the address of the network that they use."""

    number: str
    country: str
    address: str
    key: Literal["publishable", "secret"]
    keeps_token: bool
    approved_at: float = float("inf")
    """When the number was first approved in this trace."""


@dataclass(frozen=True)
class Market:
    """One country of a service."""

    country: str
    share: float
    """Of the service's sittings."""

    converts: float
    """The share of people with a code who type it in."""

    blocks: Sequence[str]
    """Where its people live, the fullest first."""

    carriers: Sequence[str]
    """The addresses of carriers' NATs, each shared by many people."""

    reports: float
    """The share of its SMS whose delivery is reported."""

    lost: float
    """The share of its SMS that never arrive on any day."""

    random: Random
    carried: float = 0.25
    """The share of people who come through such an address."""

    @cached_property
    def cost(self) -> float:
        """Return euros for one SMS."""
        return COSTS[self.country]

    @cached_property
    def _weights(self) -> Sequence[float]:
        return list(accumulate((rank + 1) ** -0.4 for rank in range(len(self.blocks))))

    def newcomer(self) -> Person:
        """Return someone who was never here."""
        (block,) = self.random.choices(self.blocks, cum_weights=self._weights)
        return make_person(self.random, number_in(self.random, block, self.country), self.country, self._address())

    def _address(self) -> str:
        kind = self.random.random()
        if kind < self.carried:
            return self.random.choice(self.carriers)
        return home_address(self.random)


def make_person(random: Random, number: str, country: str, address: str) -> Person:
    """Return someone who uses the service in a browser, mostly, and comes back with the same one, mostly."""
    key: Literal["publishable", "secret"] = "secret" if random.random() < 0.2 else "publishable"
    return Person(number, country, address, key, random.random() < 0.7)


def home_address(random: Random) -> str:
    """Draw the address of a home: IPv6 for a third, as fraud.md's traffic has it."""
    if random.random() < 1 / 3:
        parts = [f"{random.randrange(1, 65536):x}" for _ in range(3)]
        return f"2a0{random.randrange(1, 16):x}:{':'.join(parts)}::{random.randrange(1, 65536):x}"
    return f"{random.choice(NETWORKS)}.{random.randrange(256)}.{random.randrange(1, 255)}"


@dataclass(frozen=True)
class Population:
    """The people of one service: its markets, and the regular customers of each."""

    markets: tuple[Market, ...]
    regulars: dict[str, list[Person]] = field(default_factory=dict)

    def visitor(self, market: Market, random: Random, returning: float = 0.4) -> Person:
        """Return a regular customer, or a newcomer."""
        regulars = self.regulars.get(market.country)
        return random.choice(regulars) if regulars and random.random() < returning else market.newcomer()


def make_market(seed: str, country: str, share: float, *, density: float, converts: float, carried: float) -> Market:
    """Return a country whose people live in `density` blocks at most."""
    random = stream(seed, "market", country)
    blocks = draw_blocks(random, country, max(8, round(density * (0.3 + share))))
    network = random.choice(NETWORKS)
    carriers = [f"{network}.{random.randrange(256)}.{n}" for n in range(1, 1 + max(3, round(12 * share)))]
    reports, lost = random.choice([0.0, 0.9, 0.95, 1.0]), random.uniform(0.005, 0.06)
    return Market(country, share, converts, blocks, carriers, reports, lost, random, carried)


def make_population(seed: str, size: float, *, density: float = 0, carried: float = 0.25) -> Population:
    """Return a service with this many sittings a day, most of them in the first of six countries.

    `density` is how many blocks a country has that holds the whole service; 0 draws one between a small country, where
    all people share few blocks, and a large one.
    """
    random = stream(seed, "population")
    density = density or random.choice([60, 200, 600, 2000])
    countries = random.sample(HOME, 6)
    shares = sorted((random.uniform(0.3, 1) ** 3 for _ in countries), reverse=True)
    markets = tuple(
        make_market(
            seed, country, share / sum(shares), density=density, converts=random.uniform(0.6, 0.92), carried=carried
        )
        for country, share in zip(countries, shares, strict=True)
    )
    regulars = {
        market.country: [market.newcomer() for _ in range(max(3, round(size * market.share * 4)))] for market in markets
    }
    return Population(markets, regulars)


def make_roamer(random: Random) -> Person:
    """Return someone with a number of any country, at home in none of the service's."""
    country = random.choice(list(COSTS))
    return make_person(random, number_anywhere(random, country), country, home_address(random))
