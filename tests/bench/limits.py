"""Cost of all limits together: `request-code` with every limit on, relative to all off.

It is measured in elapsed time, in one process with the service: with limits Redis takes longer, so more calls share one
write to it.
"""

import statistics
from contextlib import AsyncExitStack
from itertools import count

from asgi_lifespan import LifespanManager

from app.main import create_app
from app.store.connection import open_redis
from tests.bench.calls import request, run_calls
from tests.bench.results import Measurement
from tests.support.builders import make_settings

ROUNDS, CALLS, AT_ONCE = 15, 1_000, 16
LIMITS = {
    "sends_per_number": "3/10min,5/h,10/d",
    "sends_per_address": "10/h,30/d",
    "approved_sends_per_address": "60/h,200/d",
    "device_sends_per_address": "20/h,60/d",
    "checks_per_address": "30/10min",
    "sends_per_subject": "5/h",
    "sends_per_app": "1000000/d",
    "sends_per_country": "1000000/h",
    "spend_per_app": "1000000/d",
    "spend_per_country": "1000000/d",
    "test_sends_per_number": "60/h",
    "calls_per_address": "60/min",
}
SERVICE = {f"limit_{name}": rules for name, rules in LIMITS.items()} | {
    "prices": "gateway,country,price\n*,*,0.1\n",  # limits on money need them
    "countries": "NL",
    "trusted_proxies": "127.0.0.1/32",  # the client names the addresses
}
"""The settings of a service with every limit."""


async def allow_country(redis, tag):
    """Let the guard measure each number and then allow the country, as it does where people approve their codes."""
    await redis.hset(f"{tag}:guard:dev", "rule:NL", "allow 0 NL")


async def measure(engine_url):
    """Run both in turn, each with its own numbers, addresses and subjects; return the ratio of their times."""
    async with AsyncExitStack() as stack:
        redis = open_redis(engine_url)
        stack.push_async_callback(redis.aclose)
        on = await _open(stack, engine_url, "{on}", {})
        off = await _open(
            stack, engine_url, "{off}", {f"limit_{name}": "off" for name in LIMITS} | {"failure_watch": False}
        )
        ratios, seconds, numbers = [], {"on": [], "off": []}, count()
        for turn in range(ROUNDS + 1):
            calls = [_request_code(next(numbers)) for _ in range(CALLS)]
            pair = [("on", on, "{on}"), ("off", off, "{off}")]
            elapsed = {}
            for name, (app, state), tag in pair if turn % 2 else reversed(pair):
                elapsed[name] = await run_calls(app, state, calls, at_once=AT_ONCE)
                await redis.delete(f"{tag}:sends_queue")  # no worker drains it, and a full queue refuses
            if turn:  # the first round only warms up
                ratios.append(elapsed["on"] / elapsed["off"])
                for name, time in elapsed.items():
                    seconds[name].append(time)
        per_call = {name: round(statistics.median(times) / CALLS * 1e6) for name, times in seconds.items()}
    name = "request-code, every limit on / all off"
    return [Measurement(name, "", ratios, also={"microseconds a call": per_call})]


async def _open(stack, url, tag, limits):
    """Start the app; return it and an empty request state."""
    settings = make_settings(url, tag, **SERVICE | limits, log_level="error")
    manager = await stack.enter_async_context(LifespanManager(create_app(settings)))
    return manager.app, {}


def _request_code(number):
    """Return a browser's code request from a unique address."""
    body = {"phone_number": f"+316{10_000_000 + number * 7:08d}", "subject": f"user-{number}"}
    address = f"2001:{0xDB8 + number // 65536:x}:{number % 65536:x}::1"  # a /48 each
    return request("/v1/request-code", body, key="pk_dev", address=address)
