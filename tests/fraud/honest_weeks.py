"""Weeks of honest traffic: who comes when, and what goes wrong for them."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from tests.fraud.destinations import COSTS, stream
from tests.fraud.people import Market, Population, make_market, make_population, make_roamer
from tests.fraud.simulation import Sitting
from tests.fraud.sittings import Circumstances, sit

HOUR, DAY = 3600.0, 86400.0
WEEK = 7 * DAY

_BY_HOUR = (3, 2, 1, 1, 1, 2, 4, 8, 12, 14, 15, 15, 16, 15, 14, 14, 15, 17, 19, 21, 21, 18, 12, 6)
"""How many people of a country come in each hour of a day, in parts."""

_BY_NIGHT = (20, 20, 18, 16, 14, 10, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 6, 12, 18)


@dataclass(frozen=True)
class Week:
    """Honest traffic of some days: who lives where, how many come, and what each meets."""

    seed: str
    population: Population
    size: float
    """Sittings a day."""

    days: float = 7
    by_hour: tuple[int, ...] = _BY_HOUR
    crowd: Callable[[Market, float], float] = lambda _market, _time: 1
    """How many times as many people as usual come from a country at a time."""

    most_crowded: float = 1
    lost: Callable[[str, float], float] = lambda _country, _time: 0
    """The share of SMS that are lost at a time, beside those that a country loses on any day."""

    roaming: float = 0
    """Sittings of roamers a day."""

    def sittings(self) -> Iterator[Sitting]:
        """Yield all sittings in the order of their starts."""
        streams = [self._of_market(market) for market in self.population.markets]
        return heapq.merge(*streams, self._of_roamers(), key=lambda sitting: sitting.start)

    def _of_market(self, market: Market) -> Iterator[Sitting]:
        name = (self.seed, "arrivals", market.country)
        for n, at in enumerate(self._arrivals(stream(*name), self.size * market.share, market)):
            random = stream(*name, n)
            person = self.population.visitor(market, random)
            yield sit(person, at, self._meets(market), random)

    def _meets(self, market: Market) -> Circumstances:
        def lost(time: float) -> float:
            return max(market.lost, self.lost(market.country, time))

        return Circumstances(market.cost, market.converts, market.reports, lost)

    def _arrivals(self, random: Random, a_day: float, market: Market) -> Iterator[float]:
        """Draw the times of a Poisson process by thinning the one of its highest rate."""
        busiest = max(self.by_hour)
        highest = a_day * 24 * busiest / sum(self.by_hour) / DAY * self.most_crowded
        at = random.expovariate(highest)
        while at < self.days * DAY:
            hour = self.by_hour[int(at % DAY / HOUR)] / busiest
            if random.random() * self.most_crowded < hour * self.crowd(market, at):
                yield at
            at += random.expovariate(highest)

    def _of_roamers(self) -> Iterator[Sitting]:
        random, at = stream(self.seed, "roamers"), 0.0
        while self.roaming and (at := at + random.expovariate(self.roaming / DAY)) < self.days * DAY:
            person = make_roamer(random)
            meets = Circumstances(COSTS[person.country], 0.75, 0.8, lambda time: max(0.05, self.lost("", time)))
            yield sit(person, at, meets, stream(self.seed, "roamers", at))


def quiet(seed: str, size: float) -> Week:
    """Nothing happens."""
    return Week(seed, make_population(seed, size), size)


def launch(seed: str, size: float) -> Week:
    """Ten times as many people of one country for six hours."""
    week, random = quiet(seed, size), stream(seed, "launch")
    begin, country = _begin(random), random.choice(week.population.markets[:4]).country

    def crowd(market: Market, time: float) -> float:
        return 10 if market.country == country and begin <= time < begin + 6 * HOUR else 1

    return replace(week, crowd=crowd, most_crowded=10)


def night(seed: str, size: float) -> Week:
    """A small app that is used at night."""
    size = max(12.0, size / 25)
    return replace(quiet(seed, size), by_hour=_BY_NIGHT)


def opened(seed: str, size: float) -> Week:
    """A country that the service opens on the third day, and from which a sixth of all people come from then on."""
    week, random = quiet(seed, size), stream(seed, "opened")
    country = random.choice([code for code in COSTS if code not in {one.country for one in week.population.markets}])
    begin = 2 * DAY + random.uniform(8, 12) * HOUR
    market = make_market(
        seed, country, random.uniform(0.1, 0.25), density=600, converts=random.uniform(0.6, 0.9), carried=0.25
    )
    population = Population((*week.population.markets, market), week.population.regulars)

    def crowd(of: Market, time: float) -> float:
        return 1 if of is not market or time >= begin else 0

    return replace(week, population=population, crowd=crowd)


def flaky(seed: str, size: float) -> Week:
    """In one country, most SMS are lost for two busy hours."""
    week, random = quiet(seed, size), stream(seed, "flaky")
    begin, share = _begin(random), random.uniform(0.6, 0.95)
    country = random.choice(week.population.markets[:3]).country
    return replace(week, lost=lambda of, time: share if of == country and begin <= time < begin + 2 * HOUR else 0)


def outage(seed: str, size: float) -> Week:
    """Every SMS is lost for four busy hours."""
    begin = _begin(stream(seed, "outage"))
    return replace(quiet(seed, size), lost=lambda _, time: int(begin <= time < begin + 4 * HOUR))


def poor(seed: str, size: float) -> Week:
    """One of the larger countries converts 35 %."""
    week = quiet(seed, size)
    chosen = stream(seed, "poor").randrange(3)
    markets = tuple(
        replace(market, converts=0.35) if n == chosen else market for n, market in enumerate(week.population.markets)
    )
    return replace(week, population=Population(markets, week.population.regulars))


def carried(seed: str, size: float) -> Week:
    """Three quarters of all people come through the few addresses of their carrier."""
    return replace(quiet(seed, size), population=make_population(seed, size, carried=0.75))


def roamers(seed: str, size: float) -> Week:
    """A twentieth of all people have numbers of countries all over the world."""
    return replace(quiet(seed, size), roaming=size / 20)


def _begin(random: Random) -> float:
    """Draw a busy moment of the second to the fifth day."""
    return random.randrange(1, 5) * DAY + random.uniform(9, 18) * HOUR


def month(seed: str, size: float) -> Week:
    """Thirty quiet days, and the week that is scored."""
    return replace(quiet(seed, size), days=37)


HONEST = {
    "quiet": quiet,
    "launch": launch,
    "night": night,
    "opened": opened,
    "flaky": flaky,
    "outage": outage,
    "poor": poor,
    "carried": carried,
    "roamers": roamers,
    "month": month,
}
"""The kinds of honest weeks, by the names of the table."""
