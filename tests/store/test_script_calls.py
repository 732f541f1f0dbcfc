"""How often the scripts of the hot path call Redis: what they cost, told without a clock."""

import pytest

from app.container import open_container
from app.domain.address import read_address
from app.domain.errors import IncorrectCode
from app.store.connection import open_redis
from tests.support.actions import ask, ask_for_code, check, wrong
from tests.support.builders import OTHER_PHONE, make_settings
from tests.support.redis_server import own_engine

HERE, THERE = read_address("203.0.113.7"), read_address("203.0.113.8")
LIMITS = {
    "limit_sends_per_number": "3/10min,5/h,10/d",
    "limit_sends_per_address": "10/h,30/d",
    "limit_checks_per_address": "30/10min",
    "limit_sends_per_subject": "5/h",
    "limit_sends_per_app": "1000000/d",  # of more than a hundred: kept in slices
    "limit_sends_per_country": "1000000/h",
}
AROUND = {"evalsha", "info"}  # what carries the scripts, and what counts
MOST = {"request": 25, "wrong": 14, "right": 18}


@pytest.fixture
async def engine():
    """An engine of the test's own, on which nobody else's calls are counted."""
    with own_engine() as url:
        redis = open_redis(url)
        yield url, redis
        await redis.aclose()


async def calls_of(redis):
    """All calls so far, those of scripts included."""
    stats = await redis.info("commandstats")
    named = {name.removeprefix("cmdstat_"): told["calls"] for name, told in stats.items()}
    return sum(calls for name, calls in named.items() if name not in AROUND)


async def test_a_hot_script_calls_redis_no_more_often_than_it_must(engine, clock):
    """Each call costs a microsecond or more, as much as reading a whole list of rules, and Redis does one at a time.

    The request names address and subject, and every limit is on. Who makes a script call less lowers its figure.
    """
    url, redis = engine
    async with open_container(make_settings(url, "{calls}", **LIMITS), now=clock) as container:
        costs = {}

        async def count(name, call):
            before = await calls_of(redis)
            try:
                answer = await call
            except IncorrectCode:
                answer = None
            costs[name] = await calls_of(redis) - before
            return answer

        for number, address in ((OTHER_PHONE, THERE), ("+31612345678", HERE)):  # the first sends the scripts whole
            await count("request", ask(container, number, address=address, subject=f"of {number}"))
            id, code = await ask_for_code(container, number, address=address, subject=f"of {number}")
            await count("wrong", check(container, wrong(code), id=id, address=address))
            await count("right", check(container, code, id=id, address=address))

    assert {name: cost for name, cost in costs.items() if cost > MOST[name]} == {}
