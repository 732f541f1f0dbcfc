"""What all limits cost together: `request-code` with every limit on, against all off.

The aim was 1.15 while a call took 640 µs. It takes a third of that now, so the same microseconds are more of it.
"""

import statistics
from contextlib import AsyncExitStack
from itertools import count

from asgi_lifespan import LifespanManager

from app.main import create_app
from app.store.connection import open_redis
from tests.bench.calls import request, spend
from tests.bench.results import Found
from tests.support.builders import make_settings

ROUNDS, CALLS, AT_ONCE = 15, 1_000, 16
LIMITS = {
    "sends_per_number": "3/10min,5/h,10/d",
    "sends_per_address": "10/h,30/d",
    "checks_per_address": "30/10min",
    "sends_per_subject": "5/h",
    "sends_per_app": "1000000/d",
    "sends_per_country": "1000000/h",
    "calls_per_address": "60/min",
}


async def measure(engine_url):
    """Run both alternately, each on numbers, addresses and subjects of its own; gives the ratio of their times."""
    async with AsyncExitStack() as stack:
        redis = open_redis(engine_url)
        stack.push_async_callback(redis.aclose)
        on = await _open(stack, engine_url, "{on}", {f"limit_{name}": rules for name, rules in LIMITS.items()})
        off = await _open(
            stack, engine_url, "{off}", {f"limit_{name}": "off" for name in LIMITS} | {"failure_watch": False}
        )
        ratios, seconds, numbers = [], {"on": [], "off": []}, count()
        for turn in range(ROUNDS + 1):
            calls = [_ask(next(numbers)) for _ in range(CALLS)]
            pair = [("on", on, "{on}"), ("off", off, "{off}")]
            spent = {}
            for name, (app, state), tag in pair if turn % 2 else reversed(pair):
                spent[name] = await spend(app, state, calls, at_once=AT_ONCE)
                await redis.delete(f"{tag}:sends_queue")  # nobody drains it, and a full one refuses
            if turn:  # the first only warms up
                ratios.append(spent["on"] / spent["off"])
                for name, time in spent.items():
                    seconds[name].append(time)
        per_call = {name: round(statistics.median(times) / CALLS * 1e6) for name, times in seconds.items()}
    name = "request-code, every limit on / all off"
    return [Found(name, "", ratios, also={"microseconds a call": per_call})]


async def _open(stack, url, tag, limits):
    """Start the app; gives it and the state that its lifespan leaves to each request."""
    settings = make_settings(url, tag, **limits, countries="NL", log_level="error")
    manager = await stack.enter_async_context(LifespanManager(create_app(settings)))
    return manager.app, {}


def _ask(number):
    """Ask as a browser does, each from an address of its own."""
    body = {"phone_number": f"+316{10_000_000 + number * 7:08d}", "subject": f"user-{number}"}
    address = f"2001:{0xDB8 + number // 65536:x}:{number % 65536:x}::1"  # a /48 each
    return request("/v1/request-code", body, key="pk_dev", address=address)
