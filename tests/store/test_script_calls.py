"""Number of Redis commands that the hot-path scripts run: their cost without a clock."""

from functools import partial

import pytest

from app.container import open_container
from app.domain.address import read_address
from app.domain.errors import IncorrectCode
from app.domain.limits import REDIS_LIMITS
from app.store.connection import open_redis
from tests.support.actions import check, start_verification, start_with_code, wrong_code
from tests.support.builders import OTHER_PHONE, make_settings
from tests.support.event_receiver import event_apps
from tests.support.redis_server import run_redis_server

ADDRESS, OTHER_ADDRESS = read_address("203.0.113.7"), read_address("203.0.113.8")
LIMITS = {
    "limit_sends_per_number": "3/10min,5/h,10/d",
    "limit_sends_per_address": "10/h,30/d",
    "limit_approved_sends_per_address": "60/h,200/d",
    "limit_device_sends_per_address": "20/h,60/d",
    "limit_checks_per_address": "30/10min",
    "limit_sends_per_subject": "5/h",
    "limit_sends_per_app": "1000000/d",  # more than a hundred: counted in buckets
    "limit_sends_per_country": "1000000/h",
    "limit_spend_per_app": "1000000/d",
    "limit_spend_per_country": "1000000/d",
    "limit_messages_per_number": "10/h,30/d",
    "limit_test_sends_per_number": "60/h",
    "prices": "gateway,country,price\n*,*,0.1\n",
}
EXCLUDED_COMMANDS = {"evalsha", "info"}  # commands that run the scripts and read the statistics
MAX_COMMANDS = {"request of a backend": 36, "request": 48, "wrong": 17, "right": 30}
EVENT_COMMANDS = dict.fromkeys(MAX_COMMANDS, 7) | {"wrong": 0, "right": 9}  # more, for an endpoint that wants all types


@pytest.fixture
async def engine():
    """A Redis server that only this test uses, so that no other calls are counted."""
    with run_redis_server() as url:
        redis = open_redis(url)
        yield url, redis
        await redis.aclose()


async def count_commands(redis):
    """Return the number of commands so far, including those inside scripts."""
    stats = await redis.info("commandstats")
    by_name = {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in stats.items()}
    return sum(calls for name, calls in by_name.items() if name not in EXCLUDED_COMMANDS)


async def test_hot_path_scripts_stay_within_their_command_counts(engine, clock):
    """Each command costs at least a microsecond, as much as parsing a list of rules, and Redis runs one at a time.

    The request has an address and a subject, and every limit is on. If a script needs fewer commands, lower its figure;
    a new limit may raise it.
    """
    costs = await count_costs(engine, clock)

    assert {f"limit_{entry.name}" for entry in REDIS_LIMITS} == set(LIMITS) - {"prices"}, "every limit is on"
    assert all(cost <= MAX_COMMANDS[name] for name, cost in costs.items()), (costs, MAX_COMMANDS)


async def test_events_cost_a_few_commands_more(engine, clock):
    """Without an endpoint they cost none: the figures above count the same scripts."""
    costs = await count_costs(engine, clock, apps=event_apps())

    most = {name: cost + EVENT_COMMANDS[name] for name, cost in MAX_COMMANDS.items()}
    assert all(cost <= most[name] for name, cost in costs.items()), (costs, most)


async def count_costs(engine, clock, **changes):
    """Return how many commands a request, a wrong and a right check run."""
    url, redis = engine
    async with open_container(make_settings(url, "{calls}", **LIMITS, **changes), now=clock) as container:
        costs = {}

        async def count(name, call):
            before = await count_commands(redis)
            try:
                answer = await call
            except IncorrectCode:
                answer = None
            costs[name] = await count_commands(redis) - before
            return answer

        for number, address in (
            (OTHER_PHONE, OTHER_ADDRESS),
            ("+31612345678", ADDRESS),
        ):  # the first round loads the scripts
            asks = partial(start_verification, container, number, address=address, subject=f"of {number}")
            await count("request of a backend", asks())
            await count("request", asks(is_backend=False))
            id, code = await start_with_code(container, number, address=address, subject=f"of {number}")
            await count("wrong", check(container, wrong_code(code), id=id, address=address))
            await count("right", check(container, code, id=id, address=address))
    return costs
