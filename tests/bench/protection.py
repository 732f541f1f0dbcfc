"""Cost of what protects money: `request-code` with guard, shares, money limits and events, relative to all of them off.

The limits by number, address and subject are on in all; each of the others is also measured alone. The cost is the
processor time of this process and of Redis, which depends less on a busy machine than elapsed time.
"""

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from statistics import median

import uvloop
from asgi_lifespan import LifespanManager

from app.main import create_app
from app.store.connection import open_redis
from tests.bench.calls import request, run_calls
from tests.bench.limits import LIMITS
from tests.bench.results import Measurement
from tests.bench.servers import redis_time
from tests.support.builders import make_settings
from tests.support.event_receiver import event_apps

GOAL = 1.25
ROUNDS, CALLS, AT_ONCE = 24, 500, 16
BASE = LIMITS | dict.fromkeys(("sends_per_app", "sends_per_country", "spend_per_app", "spend_per_country"), "off")
COUNTED = {f"limit_{name}": rules for name, rules in BASE.items()} | {"guard": "off"}
PARTS = {
    "guard": {"guard": "enforce"},
    "shares": {"limit_sends_per_app": LIMITS["sends_per_app"]},
    "money": {f"limit_{name}": LIMITS[name] for name in ("sends_per_country", "spend_per_app", "spend_per_country")},
    "events": {"apps": event_apps()},
}
OFF, ON = "all off", "all on"
VARIANTS = {OFF: {}} | PARTS | {ON: {name: value for part in PARTS.values() for name, value in part.items()}}
new_loop = uvloop.new_event_loop  # like the service


@dataclass(frozen=True, repr=False)
class _Variant:
    """One app, and the tag of its keys."""

    app: object
    tag: str


async def measure(engine_url):
    """Call each variant in turn with the same numbers; return the ratios of their costs to that with all off."""
    async with AsyncExitStack() as stack:
        redis = open_redis(engine_url)
        stack.push_async_callback(redis.aclose)
        variants = {name: await _open(stack, engine_url, redis, name) for name in VARIANTS}
        costs, in_redis = ({name: [] for name in VARIANTS} for _ in range(2))
        numbers = count()
        for turn in range(ROUNDS + 1):
            calls = [_request_code(next(numbers)) for _ in range(CALLS)]
            for name in sorted(VARIANTS, reverse=bool(turn % 2)):
                total, of_redis = await _cost(redis, variants[name], calls)
                if turn:  # the first round only warms up
                    costs[name].append(total)
                    in_redis[name].append(of_redis)
    also = {
        "microseconds a call": {name: round(median(values)) for name, values in costs.items()},
        "of them in Redis": {name: round(median(values)) for name, values in in_redis.items()},
    }
    return [
        Measurement(
            f"request-code, {name if name == ON else f'only {name}'} / {OFF}",
            "",
            [ours / least for ours, least in zip(costs[name], costs[OFF], strict=True)],
            GOAL if name == ON else None,
            also if name == ON else {},
        )
        for name in VARIANTS
        if name != OFF
    ]


async def _open(stack, url, redis, name):
    """Start the app. Its guard measures each number, then allows the country: nobody approves anything here."""
    tag = f"{{{name.replace(' ', '_')}}}"
    prices = "gateway,country,price\n*,*,0.1\n"
    settings = make_settings(url, tag, **COUNTED | VARIANTS[name], prices=prices, countries="NL", log_level="error")
    await redis.hset(f"{tag}:guard:dev", "rule:NL", "allow 0 NL")
    manager = await stack.enter_async_context(LifespanManager(create_app(settings)))
    return _Variant(manager.app, tag)


async def _cost(redis, variant, calls):
    """Make these calls; return the microseconds of processor time that each took, in all and in Redis."""
    process, engine = time.process_time(), await redis_time(redis)
    await run_calls(variant.app, {}, calls, at_once=AT_ONCE)
    process, engine = time.process_time() - process, await redis_time(redis) - engine
    await redis.delete(f"{variant.tag}:sends_queue", f"{variant.tag}:events:dev")  # no worker drains them
    return (process + engine) / len(calls) * 1e6, engine / len(calls) * 1e6


def _request_code(number):
    """Return a browser's code request from a unique address."""
    body = {"phone_number": f"+316{10_000_000 + number * 7:08d}", "subject": f"user-{number}"}
    address = f"2001:{0xDB8 + number // 65536:x}:{number % 65536:x}::1"  # a /48 each
    return request("/v1/request-code", body, key="pk_dev", address=address)
