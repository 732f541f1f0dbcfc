"""What the two calls that everybody waits for may cost, in steps that are counted: a clock would only guess."""

import asyncio
import gc
import sys

import pytest

from tests.bench import floors, memory
from tests.support.calls import WRONG
from tests.support.counted import open_counted
from tests.support.docs import README

UNKNOWN = "+31687654321"  # its code is drawn, and its SMS is queued

# How to make a call whose last step is the one that counts, and how many functions that may enter.
CALLS = {
    "request-code, by a backend": (lambda service: service.ask(UNKNOWN), 202, 171),
    "request-code, by a browser": (lambda service: service.ask("+31687654322", key="pk_dev"), 202, 184),
    "verify-code, right": (lambda service: service.ask_and_check(), 200, 158),
    "verify-code, right, by a browser": (lambda service: service.ask_and_check(key="pk_dev"), 200, 171),
    "verify-code, wrong": (lambda service: service.ask_and_check(WRONG), 400, 141),
}


@pytest.fixture
async def service(engine_url, tag):
    async with open_counted(engine_url, tag, limit_sends_per_number="off") as service:
        yield service


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_enters_no_more_functions_than_it_did(service, name):
    """Time in Python goes by functions entered, and a new layer, a library's or our own, brings dozens of them.

    Whoever makes a call cheaper lowers its figure; whoever needs more raises it, and says for what.
    """
    make, status, most = CALLS[name]
    await make(service)  # what is built once, and the scripts that Redis does not know yet

    answer = await make(service)

    assert answer[0] == status
    assert service.entered.total() <= most, service.entered.most_common()


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_that_is_as_it_should_be_never_meets_the_framework(service, name):
    """FastAPI's machinery for a call takes longer than the call."""
    await CALLS[name][0](service)

    assert files_of_the_framework(service.entered) == []


async def test_a_call_that_is_odd_does(service):
    """So what is looked for above is there to be found."""
    status, _ = await service.post("/v1/request-code", {"phone_number": 31687654321}, key="sk_dev")

    assert status == 422
    assert "routing.py" in files_of_the_framework(service.entered)


def files_of_the_framework(entered):
    """Name the files of FastAPI, and Starlette's routing, that were entered."""
    parts = [file.rsplit("/", 2) for file in entered if "/fastapi/" in file or file.endswith("/starlette/routing.py")]
    return sorted(part[-1] for part in parts)


async def test_a_call_costs_one_round_trip_to_redis(wire, tag):
    """Seen on the wire, through the whole app. A check by number takes two: its ids, then the check."""
    async with open_counted(wire.url, tag) as service:
        costs = {}

        async def count(name, call, status):
            before = wire.round_trips
            answer = await call
            costs[name] = wire.round_trips - before
            assert answer[0] == status
            return answer[1]

        for _ in range(2):  # in the first round it connects, and sends the scripts whole
            asked = await count("request-code", service.ask(), 202)
            by_id = {"verification_id": asked["verification_id"]}
            await count("request-code, once more", service.post("/v1/request-code", by_id, key="sk_dev"), 429)
            await count("verify-code, wrong", service.check(WRONG, **by_id), 400)
            await count("verify-code, right", service.check(**by_id), 200)
            await count("verify-code, gone", service.check(**by_id), 404)
            await service.ask(UNKNOWN)
            await count("verify-code, by number", service.check(WRONG, phone_number=UNKNOWN), 400)

    assert {name: cost for name, cost in costs.items() if cost != 1} == {"verify-code, by number": 2}


async def test_calls_that_come_together_share_their_round_trips(wire, tag):
    """One write for each turn of the loop, whoever asks."""
    async with open_counted(wire.url, tag) as service:
        await service.ask()
        before = wire.round_trips

        answers = await asyncio.gather(*(service.ask() for _ in range(8)))

        assert [status for status, _ in answers] == [202] * 8
        assert wire.round_trips - before == 1


async def test_a_call_leaves_nothing_behind(engine_url, tag):
    """Neither what it was asked nor what it made of that: pydantic, unless told, remembers short texts of bodies.

    They are numbers and codes; a process that answers a thousand calls a second is full of them soon.
    """
    off = {f"limit_sends_per_{what}": "off" for what in ("number", "address")}
    async with open_counted(engine_url, tag, limit_checks_per_address="off", **off) as service:

        async def spend(people):
            for person in people:
                _, asked = await service.ask(f"+3168{person:07}")
                await service.check(WRONG, verification_id=asked["verification_id"])
            gc.collect()
            return sys.getallocatedblocks()

        await spend(range(300))
        before = await spend(range(300, 400))
        after = await spend(range(400, 900))

    assert after - before < 250  # half a block for a person


def test_the_readme_names_the_goals_that_the_benchmarks_have():
    """Both tell how good is good enough."""
    goals = README.partition("## How fast it is")[2].partition("\n## ")[0]

    assert goals.count(f"| at least {floors.LEAST} |") == 3
    assert f"| start to ready | at most {memory.START_GOAL} s |" in goals
    assert f"| resident memory of a process | at most {memory.MEMORY_GOAL} MiB |" in goals
