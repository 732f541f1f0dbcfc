"""Lua scripts: includes, loading, round trips, and errors while Redis is unavailable."""

import asyncio
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
from app.store.scripts import Script, read_script, write_constants
from tests.support.actions import (
    cancel,
    check,
    introspect,
    read_verification,
    redeem,
    resend,
    start_verification,
    start_with_code,
)
from tests.support.builders import OTHER_PHONE, make_settings
from tests.support.fake_gateways import FakeGateway, deliver_job
from tests.support.messages import apply_report, report_job
from tests.support.queues import add_and_take_job
from tests.support.redis_proxy import NO_REPLY, closed_port_url
from tests.support.redis_server import run_redis_server

FILES = sorted(path.stem for path in (Path(app.store.__file__).parent / "lua").glob("*.lua"))
LOGIN = frozenset({"login"})


@pytest.fixture(params=["embedded", "engine"])
async def own_redis(request):
    """A store that this test starts itself, so that it may flush scripts."""
    if request.param == "embedded":
        yield (EMBEDDED, FakeServer())
        return
    with run_redis_server() as url:
        yield (url, None)


@pytest.mark.parametrize("name", FILES)
async def test_includes_are_resolved(redis, name):
    text = read_script(name)

    assert "-- include " not in text
    assert len(await redis.script_load(text)) == 40


def test_constants_are_written_where_they_are_used():
    text = "local DAY_MS, WORD = 24 * 3600, 'DAY' -- why\nlocal TABLE = { 1 }\nreturn DAY_MS / 2 .. WORD .. TABLE[1]\n"

    assert write_constants(text) == "\nlocal TABLE = { 1 }\nreturn (24 * 3600) / 2 .. 'DAY' .. TABLE[1]\n"


def test_two_parts_of_a_script_do_not_give_a_constant_two_values():
    with pytest.raises(ValueError, match="DAY has two values"):
        write_constants("local DAY = 1\nlocal DAY = 2\n")


async def test_flushed_script_is_loaded_again(own_redis, tag):
    """A restarted Redis, or a replica that took over, has no scripts loaded."""
    url, server = own_redis
    async with open_container(make_settings(url, tag), server=server) as container:
        await container.queue.open()
        await start_verification(container)
        redis = open_redis(url, server=server)
        await redis.script_flush()

        assert await start_verification(container)
        await redis.aclose()


async def test_each_use_case_costs_one_round_trip(redis_proxy, tag, clock):
    """A check by number takes two: the ids, then the check. A worker's delivery takes three."""
    fake_gateway = FakeGateway()
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

        for _ in range(2):  # the first round loads the scripts
            verification = await count("request", start_verification(container))
            job = SendJob(verification.id, 1)
            (held,) = await container.queue.take("sends", "w", most=1)
            await count(
                "dispatch", deliver_job(container, fake_gateway, job), 3
            )  # read_send, open_message, record_outcome
            await count("finish", container.queue.finish(held))
            await count("report", apply_report(container, report_job(container, "delivered", vendor_id="v-1")))
            clock.tick(seconds=30)
            await count("resend", resend(container, verification.id))
            await count("look", read_verification(container, verification.id))
            approval = await count("verify", check(container, fake_gateway.codes[-1], id=verification.id))
            await count("introspect", introspect(container, approval.proof))
            await count("redeem", redeem(container, approval.proof))
            _, code = await start_with_code(container, OTHER_PHONE)
            await count("verify by number", check(container, code, number=OTHER_PHONE, purposes=LOGIN), 2)
            await count("cancel", cancel(container, (await start_verification(container)).id))
            await count("put back", container.queue.put_back(await add_and_take_job(container), wait_ms=0))
            await count("bury", container.queue.bury(await add_and_take_job(container), why="x"))
            await count("wake", container.queue.requeue_due_jobs())
            await count("pulse", container.health.snapshot())

    assert {name: cost for name, cost in costs.items() if cost[0] != cost[1]} == {}


async def test_script_is_not_repeated_when_its_reply_is_lost(redis_proxy, tag, clock):
    """Redis may have run the script: a second EVALSHA would spend a second send."""
    async with open_container(make_settings(redis_proxy.url, tag), now=clock) as container:
        await start_verification(container)
        before, redis_proxy.canned_reply = redis_proxy.round_trips, NO_REPLY
        with pytest.raises(TemporarilyUnavailable):
            await start_verification(container)
        assert redis_proxy.round_trips == before + 1

        redis_proxy.canned_reply = None
        assert (await start_verification(container)).sends_left == 2


@pytest.mark.parametrize("failure", ["closed port", "silent from the start", "silent later"])
async def test_unavailable_redis_raises_within_the_timeout(redis_proxy, tag, failure):
    """Callers receive a 503 within 1.5 s instead of waiting."""
    url = closed_port_url() if failure == "closed port" else redis_proxy.url
    async with open_container(make_settings(url, tag)) as container:
        if failure == "silent later":
            await start_verification(container)
        redis_proxy.canned_reply = NO_REPLY

        started = time.perf_counter()
        failures = await asyncio.gather(
            start_verification(container),
            container.queue.finish(Job("1-1", "sends", {}, "w")),
            container.health.snapshot(),
            return_exceptions=True,
        )

        assert [type(failure) for failure in failures] == [TemporarilyUnavailable] * 3
        assert time.perf_counter() - started < 1.5


@pytest.mark.parametrize(
    "error",
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
    ids=lambda error: error.rpartition(b"-")[2].split()[0].decode(),
)
async def test_temporary_redis_error_raises_temporarily_unavailable(redis_proxy, tag, error):
    """Redis fails over, moves its slot, or is full: the response is 503, not 500, and the worker waits."""
    async with open_container(make_settings(redis_proxy.url, tag)) as container:
        await start_verification(container)
        redis_proxy.canned_reply = error + b"\r\n"

        with pytest.raises(TemporarilyUnavailable):
            await start_verification(container)
        with pytest.raises(TemporarilyUnavailable):
            await container.queue.add("sends", [{"verification": "vf_1", "send": "1"}])
        with pytest.raises(TemporarilyUnavailable):
            await container.queue.take("sends", "w", most=1)


async def test_other_redis_error_is_raised_unchanged(redis, key):
    """A 503 would hide a bug."""
    with pytest.raises(ResponseError):
        await Script(redis, "requeue_due_jobs")([key("later"), key("silences")], {"now": "not a number"})
