"""Weeks with an attack: each kind is honest traffic, and attackers whose figures are drawn within bounds by a seed."""

from dataclasses import dataclass, replace
from random import Random

from tests.fraud.attackers import Attack
from tests.fraud.destinations import PUMPED, draw_blocks, number_in, stream
from tests.fraud.honest_weeks import DAY, HOUR, WEEK, Week, launch, opened, quiet
from tests.fraud.people import Market
from tests.fraud.pickers import Anywhere, InBlocks, Listed, Moving, Target


@dataclass(frozen=True)
class Scene:
    """A week, its attackers, and the country whose people the attack may harm; empty where it is none in particular."""

    week: Week
    attacks: tuple[Attack, ...] = ()
    harmed: str = ""
    since: float = 0
    """Honest sittings are scored from this time on."""


def _begin(random: Random) -> float:
    """Draw the start of an attack: some honest history stands before it."""
    return random.uniform(1.5, 3) * DAY


def _dear_blocks(random: Random, count: int, countries: int = 1) -> list[Target]:
    """Draw blocks in countries where an SMS is dear."""
    chosen = random.sample(PUMPED, countries)
    of_country = {country: draw_blocks(random, country, -(-count // countries)) for country in chosen}
    return [(block, country) for country, blocks in of_country.items() for block in blocks][:count]


def _proven(random: Random, week: Week) -> Market:
    """Choose one of the service's two largest countries."""
    return random.choice(week.population.markets[:2])


def fast(seed: str, size: float) -> Scene:
    """One block, three addresses, a request every few seconds for hours."""
    random = stream(seed, "fast")
    sends, every = random.randrange(1200, 2400), random.uniform(2, 8)
    attack = Attack(_begin(random), sends, every, InBlocks(_dear_blocks(random, 1)), addresses=3)
    return Scene(quiet(seed, size), (attack,))


def drip(seed: str, size: float) -> Scene:
    """Three blocks, one request in ten minutes for each, five days."""
    random = stream(seed, "drip")
    blocks = _dear_blocks(random, 3, random.choice([1, 1, 3]))
    start = random.uniform(0.5, 2) * DAY
    return Scene(quiet(seed, size), tuple(Attack(start + n, 720, 600, InBlocks([one])) for n, one in enumerate(blocks)))


def wide(seed: str, size: float) -> Scene:
    """Sixty blocks in twelve countries, for a day or two."""
    random = stream(seed, "wide")
    duration, sends = random.uniform(0.7, 2) * DAY, random.randrange(3000, 4500)
    blocks = _dear_blocks(random, 60, 12)
    return Scene(quiet(seed, size), (Attack(_begin(random), sends, duration / sends, InBlocks(blocks)),))


def residential(seed: str, size: float) -> Scene:
    """A few blocks of one country, an address for each request."""
    random = stream(seed, "residential")
    blocks = _dear_blocks(random, random.randrange(2, 8))
    sends = random.randrange(1500, 3000)
    return Scene(
        quiet(seed, size), (Attack(_begin(random), sends, random.uniform(10, 60), InBlocks(blocks), delivered=0.95),)
    )


def faked(seed: str, size: float) -> Scene:
    """Three of ten codes are typed in."""
    random = stream(seed, "faked")
    blocks, sends = _dear_blocks(random, random.randrange(3, 6)), random.randrange(1500, 2500)
    attack = Attack(_begin(random), sends, random.uniform(20, 80), InBlocks(blocks), typed=0.3)
    return Scene(quiet(seed, size), (attack,))


def home(seed: str, size: float) -> Scene:
    """Blocks of a proven country where honest people live."""
    random, week = stream(seed, "home"), quiet(seed, size)
    market = _proven(random, week)
    fullest = market.blocks[: max(5, len(market.blocks) // 4)]
    blocks = [(block, market.country) for block in random.sample(fullest, random.randrange(2, 6))]
    attack = Attack(_begin(random), random.randrange(1500, 3000), random.uniform(8, 40), InBlocks(blocks))
    return Scene(week, (attack,), market.country)


def guessing(seed: str, size: float) -> Scene:
    """Two wrong guesses at each of 5,000 people's numbers, of whom some are customers."""
    random, week = stream(seed, "guessing"), quiet(seed, size)
    market = _proven(random, week)
    customers = [(person.number, market.country) for person in week.population.regulars[market.country]]
    others = [(number_in(random, random.choice(market.blocks), market.country), market.country) for _ in range(5000)]
    people = (random.sample(customers, min(2500, len(customers))) + others)[:5000]
    random.shuffle(people)
    attack = Attack(_begin(random), 5000, random.uniform(5, 20), Listed(people), guesses=2)
    return Scene(week, (attack,), market.country)


def mixed(seed: str, size: float) -> Scene:
    """Pumping within a launch, in the hours and in the country of it."""
    week = launch(seed, size)
    crowded, begin = next(
        (market, hour * HOUR)
        for hour in range(24, 6 * 24)
        for market in week.population.markets
        if week.crowd(market, hour * HOUR) > 1
    )
    random = stream(seed, "mixed")
    blocks = [(block, crowded.country) for block in draw_blocks(random, crowded.country, random.randrange(2, 6))]
    sends = random.randrange(1500, 2500)
    return Scene(week, (Attack(begin, sends, 5.5 * HOUR / sends, InBlocks(blocks)),), crowded.country)


def typed(seed: str, size: float) -> Scene:
    """All codes are typed in, from four blocks."""
    random = stream(seed, "typed")
    attack = Attack(
        _begin(random), random.randrange(1500, 2500), random.uniform(20, 80), InBlocks(_dear_blocks(random, 4)), typed=1
    )
    return Scene(quiet(seed, size), (attack,))


def warmed(seed: str, size: float) -> Scene:
    """The first sixty codes are typed in, and then none."""
    random = stream(seed, "warmed")
    blocks, sends = _dear_blocks(random, random.randrange(3, 6)), random.randrange(1500, 2500)
    attack = Attack(_begin(random), sends, random.uniform(20, 80), InBlocks(blocks), typed_first=60)
    return Scene(quiet(seed, size), (attack,))


def farmed(seed: str, size: float) -> Scene:
    """A hundred own numbers, approved once, then asked ten times a day each until the end of the week."""
    random, start = stream(seed, "farmed"), 3 * DAY
    blocks = _dear_blocks(random, random.choice([5, 20, 100]))
    numbers = [(number_in(random, block, country), country) for block, country in random.choices(blocks, k=100)]
    sends = 100 + int((WEEK - start) / DAY * 1000)
    attack = Attack(start, sends, 86.4, Listed(numbers), typed_first=100, typed=random.choice([0, 0, 0.3]))
    return Scene(quiet(seed, size), (attack,))


def spread(seed: str, size: float) -> Scene:
    """Random numbers all over a proven country."""
    random, week = stream(seed, "spread"), quiet(seed, size)
    market, sends = _proven(random, week), random.randrange(2000, 4000)
    attack = Attack(_begin(random), sends, random.uniform(1, 2.5) * DAY / sends, Anywhere(market.country))
    return Scene(week, (attack,), market.country)


def pumped(seed: str, size: float) -> Scene:
    """A country just opened, and pumped for a day, while its first people come."""
    random, week = stream(seed, "pumped"), opened(seed, size)
    country, sends = week.population.markets[-1].country, random.randrange(1500, 3000)
    opens = next(hour * HOUR for hour in range(200) if week.crowd(week.population.markets[-1], hour * HOUR))
    blocks = [(block, country) for block in draw_blocks(random, country, random.choice([4, 12, 40]))]
    attack = Attack(opens + random.uniform(2, 30) * HOUR, sends, DAY / sends, InBlocks(blocks))
    return Scene(week, (attack,), country)


def moving(seed: str, size: float) -> Scene:
    """One block of a proven country after the other: the next one whenever refused."""
    random, week = stream(seed, "moving"), quiet(seed, size)
    market, sends = _proven(random, week), random.randrange(2000, 4000)
    attack = Attack(_begin(random), sends, random.uniform(0.7, 2) * DAY / sends, Moving(market.country))
    return Scene(week, (attack,), market.country)


def slow(seed: str, size: float) -> Scene:
    """One request an hour in each of twenty blocks of a proven country, for five days."""
    random, week = stream(seed, "slow"), quiet(seed, size)
    market = _proven(random, week)
    blocks = [(block, market.country) for block in draw_blocks(random, market.country, 20)]
    attack = Attack(random.uniform(0.5, 2) * DAY, 2400, 180, InBlocks(blocks))
    return Scene(week, (attack,), market.country)


def solving(seed: str, size: float) -> Scene:
    """As `spread`, by an attacker that passes every human check."""
    scene = spread(seed, size)
    return replace(scene, attacks=tuple(replace(attack, solves=1) for attack in scene.attacks))


ATTACKS = {
    "fast": fast,
    "drip": drip,
    "wide": wide,
    "residential": residential,
    "faked": faked,
    "home": home,
    "guessing": guessing,
    "mixed": mixed,
    "typed": typed,
    "warmed": warmed,
    "farmed": farmed,
    "spread": spread,
    "pumped": pumped,
    "moving": moving,
    "slow": slow,
    "solving": solving,
}
"""The kinds of attacks, by the names of the table."""
