"""The Lua files: found, joined, bound, and what happens when Redis is not there."""

import time
from pathlib import Path

import pytest
from fakeredis import FakeServer
from redis.exceptions import ResponseError

import app.store
from app.container import open_container
from app.domain.errors import TemporarilyUnavailable
from app.domain.jobs import SendJob
from app.store.connection import EMBEDDED, open_redis
from app.store.queue import Job
from app.store.scripts import Script, read_script
from tests.support.actions import ask, ask_again, ask_for_code, cancel, check, introspect, look, redeem
from tests.support.builders import OTHER_PHONE, make_settings
from tests.support.fake_gateways import Carrier, carry
from tests.support.messages import tell
from tests.support.queues import take_one
from tests.support.redis_proxy import SILENCE, closed_port
from tests.support.redis_server import own_engine

FILES = sorted(path.stem for path in (Path(app.store.__file__).parent / "lua").glob("*.lua"))
LOGIN = frozenset({"login"})


@pytest.fixture(params=["embedded", "engine"])
async def own_redis(request):
    """A store that this test started itself, so it may flush it."""
    if request.param == "embedded":
        yield (EMBEDDED, FakeServer())
        return
    with own_engine() as url:
        yield (url, None)


@pytest.mark.parametrize("name", FILES)
async def test_shared_parts_stand_in_their_place(redis, name):
    text = read_script(name)

    assert "-- include " not in text
    assert len(await redis.script_load(text)) == 40


async def test_a_forgotten_script_is_sent_again(own_redis, tag):
    """A Redis that was restarted, or whose replica took over, knows no script."""
    url, server = own_redis
    async with open_container(make_settings(url, tag), server=server) as container:
        await container.queue.open()
        await ask(container)
        redis = open_redis(url, server=server)
        await redis.script_flush()

        assert await ask(container)
        await redis.aclose()


async def test_each_act_costs_one_round_trip(redis_proxy, tag, clock):
    """A check by number takes two: its ids, then the check. A worker's act is no request, and takes three."""
    carrier = Carrier()
    async with open_container(
        make_settings(redis_proxy.url, tag, limit_sends_per_number="off"), now=clock
    ) as container:
        await container.queue.open()
        costs = {}

        async def count(name, call, expected=1):
            before = redis_proxy.round_trips
            answer = await call
            costs[name] = (redis_proxy.round_trips - before, expected)
            return answer

        for _ in range(2):  # in the first round the scripts are sent whole
            standing = await count("request", ask(container))
            job = SendJob(standing.id, 1)
            (held,) = await container.queue.take("sends", "w", most=1)
            await count("dispatch", carry(container, carrier, job), 3)  # look, open, settle
            await count("finish", container.queue.finish(held))
            await count("report", container.messages.apply(tell(container, "delivered", vendor_id="v-1")))
            clock.tick(seconds=30)
            await count("resend", ask_again(container, standing.id))
            await count("look", look(container, standing.id))
            approval = await count("verify", check(container, carrier.codes[-1], id=standing.id))
            await count("introspect", introspect(container, approval.proof))
            await count("redeem", redeem(container, approval.proof))
            _, code = await ask_for_code(container, OTHER_PHONE)
            await count("verify by number", check(container, code, number=OTHER_PHONE, purposes=LOGIN), 2)
            await count("cancel", cancel(container, (await ask(container)).id))
            await count("put back", container.queue.put_back(await take_one(container), wait_ms=0))
            await count("bury", container.queue.bury(await take_one(container), why="x"))
            await count("wake", container.queue.wake())
            await count("pulse", container.health.snapshot())

    assert {name: cost for name, cost in costs.items() if cost[0] != cost[1]} == {}


async def test_nothing_is_sent_twice_when_an_answer_is_lost(redis_proxy, tag, clock):
    """Redis may have done it: a second EVALSHA would spend a second send."""
    async with open_container(make_settings(redis_proxy.url, tag), now=clock) as container:
        await ask(container)
        before, redis_proxy.says = redis_proxy.round_trips, SILENCE
        with pytest.raises(TemporarilyUnavailable):
            await ask(container)
        assert redis_proxy.round_trips == before + 1

        redis_proxy.says = None
        assert (await ask(container)).left.sends == 2


@pytest.mark.parametrize("where", ["closed port", "silent from the start", "silent since"])
async def test_a_redis_that_is_away_is_noticed_in_time(redis_proxy, tag, where):
    """Callers get their 503 within 1.5 s instead of waiting with us."""
    url = closed_port() if where == "closed port" else redis_proxy.url
    async with open_container(make_settings(url, tag)) as container:
        if where == "silent since":
            await ask(container)
        redis_proxy.says = SILENCE

        for call in (ask(container), container.queue.finish(Job("1-1", "sends", {}, "w")), container.health.snapshot()):
            started = time.perf_counter()
            with pytest.raises(TemporarilyUnavailable):
                await call
            assert time.perf_counter() - started < 1.5


@pytest.mark.parametrize(
    "said",
    [
        b"-LOADING Redis is loading the dataset in memory",
        b"-READONLY You can't write against a read only replica.",
        b"-OOM command not allowed when used memory > 'maxmemory'.",
        b"-CLUSTERDOWN The cluster is down",
        b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        b"-TRYAGAIN Multiple keys request during rehashing of slot",
        b"-MOVED 3999 127.0.0.1:6381",
        b"-ASK 3999 127.0.0.1:6381",
        b"-MISCONF Errors writing to the AOF file: No space left on device",
        b"-NOREPLICAS Not enough good replicas to write.",
        b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
        b"-NOAUTH Authentication required.",
        b"-ERR Error running script (call to f_1): @user_script:60: @user_script: 60: -OOM command not allowed.",
        b"-ERR Error running script (call to f_1): @user_script:60: @user_script: 60: -READONLY You can't write.",
    ],
    ids=lambda said: said.rpartition(b"-")[2].split()[0].decode(),
)
async def test_a_redis_that_cannot_right_now_is_no_bug_of_ours(redis_proxy, tag, said):
    """It fails over, moves its slot, or is full: the answer is 503, not 500, and the worker waits."""
    async with open_container(make_settings(redis_proxy.url, tag)) as container:
        await ask(container)
        redis_proxy.says = said + b"\r\n"

        with pytest.raises(TemporarilyUnavailable):
            await ask(container)
        with pytest.raises(TemporarilyUnavailable):
            await container.queue.add("sends", [{"verification": "vf_1", "send": "1"}])
        with pytest.raises(TemporarilyUnavailable):
            await container.queue.take("sends", "w", most=1)


async def test_any_other_error_of_redis_is_a_bug_and_says_so(redis, key):
    """A 503 would hide it."""
    with pytest.raises(ResponseError):
        await Script(redis, "requeue_due_jobs")([key("later"), key("a"), key("b")], ["not a number"])
