"""What the two main calls cost in round trips to Redis, and that they leave nothing in memory."""

import asyncio
import contextlib
import gc
import json
import sys

import pytest

from app.container import open_container
from app.main import create_app
from tests.bench import baseline_compare, memory
from tests.bench.calls import request
from tests.support.api_calls import CODE, WRONG_CODE
from tests.support.builders import make_settings
from tests.support.docs import PAGES

UNKNOWN = "+31687654321"  # its code is drawn, and its SMS is queued
NUMBERS = [f"+316123456{n:02}" for n in range(20)]  # each has a known code


class Calls:
    """Calls an app as a server does, with all of a body in one message."""

    def __init__(self, app, container):
        self._app, self._tools = app, container
        self._numbers = iter(NUMBERS)

    async def post(self, path, body):
        """Make one call; gives status and body."""
        scope, raw = request(path, body, key="sk_dev")
        sent = []

        async def receive():
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message):
            sent.append(message)

        await self._app(scope | {"state": {"container": self._tools}}, receive, send)
        return sent[0]["status"], sent[1]["body"]

    async def request_code(self, number=None):
        return await self.post("/v1/request-code", {"phone_number": number or next(self._numbers)})

    async def check(self, code, **which):
        return await self.post("/v1/verify-code", {**which, "code": code})


@pytest.fixture
def open_calls(tag):
    """Open the app with its container on a Redis, without a worker."""

    def open_on(url, **changes):
        known = ",".join(f"{number}={CODE}@2099-12-31" for number in NUMBERS)
        return _calls(make_settings(url, tag, test_numbers=known, **changes))

    return open_on


@contextlib.asynccontextmanager
async def _calls(settings):
    async with open_container(settings) as container:
        await container.queue.open()
        yield Calls(create_app(settings), container)


async def test_a_call_costs_one_round_trip_to_redis(redis_proxy, open_calls):
    """Counted by a proxy, through the whole app. A check by number takes two: its ids, then the check."""
    async with open_calls(redis_proxy.url) as calls:
        costs = {}

        async def count(name, call, status):
            before = redis_proxy.round_trips
            answer = await call
            costs[name] = redis_proxy.round_trips - before
            assert answer[0] == status
            return json.loads(answer[1])

        for _ in range(2):  # in the first round it connects, and sends the scripts whole
            requested = await count("request-code", calls.request_code(), 202)
            by_id = {"verification_id": requested["verification_id"]}
            await count("request-code, resend", calls.post("/v1/request-code", by_id), 429)
            await count("verify-code, wrong", calls.check(WRONG_CODE, **by_id), 400)
            await count("verify-code, right", calls.check(CODE, **by_id), 200)
            await count("verify-code, used", calls.check(CODE, **by_id), 404)
            await calls.request_code(UNKNOWN)
            await count("verify-code, by number", calls.check(WRONG_CODE, phone_number=UNKNOWN), 400)

    assert {name: cost for name, cost in costs.items() if cost != 1} == {"verify-code, by number": 2}


async def test_parallel_calls_share_their_round_trips(redis_proxy, open_calls):
    """One write for each iteration of the event loop, however many calls wait."""
    async with open_calls(redis_proxy.url) as calls:
        await calls.request_code()
        before = redis_proxy.round_trips

        answers = await asyncio.gather(*(calls.request_code() for _ in range(8)))

        assert [status for status, _ in answers] == [202] * 8
        assert redis_proxy.round_trips - before == 1


async def test_a_call_leaves_nothing_in_memory(engine_url, open_calls):
    """Neither its body nor derived values; some parsers cache short strings, which are numbers and codes.

    asyncio keeps up to a hundred canceled timers with what they refer to, so few calls would show their number.
    """
    off = {f"limit_sends_per_{what}": "off" for what in ("number", "address")}
    async with open_calls(engine_url, limit_checks_per_address="off", **off) as calls:

        async def allocated_after(clients):
            for client in clients:
                _, requested = await calls.request_code(f"+3168{client:07}")
                await calls.check(WRONG_CODE, verification_id=json.loads(requested)["verification_id"])
            gc.collect()
            return sys.getallocatedblocks()

        await allocated_after(range(300))
        before = await allocated_after(range(300, 400))
        after = await allocated_after(range(400, 2400))

    assert after - before < 1000  # half a block for a person


def test_the_page_on_speed_names_the_goals_of_the_benchmarks():
    goals = PAGES["docs/operating/speed.md"].partition("\n## ")[0]

    assert goals.count(f"| at least {baseline_compare.LEAST} |") == 3
    assert f"| start to ready | at most {memory.START_GOAL} s |" in goals
    assert f"| resident memory of a process | at most {memory.MEMORY_GOAL} MiB |" in goals
