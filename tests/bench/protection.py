"""Cost of what protects money: `request-code` with guard, shares, money limits and events, relative to all of them off.

The limits by number, address, subject and country are on in all; each of the others is also measured alone. The cost is
that of a whole call over HTTP: the processor time of `otp serve` and of Redis, which depends less on a busy machine
than elapsed time.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from statistics import median

import uvloop

from app.store.connection import open_redis
from tests.bench.limits import LIMITS, SERVICE, allow_country
from tests.bench.load import open_connections, post, saturate
from tests.bench.results import Measurement
from tests.bench.servers import Server
from tests.bench.service import api
from tests.support.event_receiver import event_apps

GOAL = 1.25
ROUNDS, CALLS, AT_ONCE = 24, 1000, 16
MONEY = ("spend_per_app", "spend_per_country")
BASE = LIMITS | dict.fromkeys(("sends_per_app", *MONEY), "off")
COUNTED = SERVICE | {f"limit_{name}": rules for name, rules in BASE.items()} | {"guard": "off"}
PARTS = {
    "guard": {"guard": "enforce"},
    "shares": {"limit_sends_per_app": LIMITS["sends_per_app"]},
    "money": {f"limit_{name}": LIMITS[name] for name in MONEY},
    "events": {"apps": event_apps()},
}
OFF, ON = "all off", "all on"
VARIANTS = {OFF: {}} | PARTS | {ON: {name: value for part in PARTS.values() for name, value in part.items()}}
new_loop = uvloop.new_event_loop  # like the service


@dataclass(frozen=True)
class _Variant:
    """One process of `otp serve`, and the tag of its keys."""

    server: Server
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
                total, of_redis = await _cost(variants[name], calls)
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
    """Start the service."""
    tag = f"{{{name.replace(' ', '_')}}}"
    await allow_country(redis, tag)
    port, process = await stack.enter_async_context(api(url, tag, COUNTED | VARIANTS[name]))
    return _Variant(Server(port, process.process.pid, redis), tag)


async def _cost(variant, calls):
    """Make these calls; return the microseconds of processor time that each took, in all and in Redis."""
    server = variant.server
    async with open_connections(server.port, AT_ONCE) as connections, server.metered() as used:
        await saturate(connections, calls, good=202)
    # No worker drains them.
    await server.redis.delete(f"{variant.tag}:sends_queue", f"{variant.tag}:events:dev")
    return (used.server + used.redis) / len(calls) * 1e6, used.redis / len(calls) * 1e6


def _request_code(number):
    """Return a browser's code request from a unique address."""
    body = {"phone_number": f"+316{10_000_000 + number * 7:08d}", "subject": f"user-{number}"}
    address = f"2001:{0xDB8 + number // 65536:x}:{number % 65536:x}::1"  # a /48 each
    return post("/v1/request-code", body, authorization="Bearer pk_dev", x_forwarded_for=address)
