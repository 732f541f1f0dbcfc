"""The pipelined client: concurrent calls share one connection, and each receives its own reply."""

import asyncio
import time

import orjson
import pytest
from redis.exceptions import NoScriptError, ResponseError

from app.logs import LogContext, log
from app.settings.redis_url import parse_redis_url
from app.store.connection import open_redis
from app.store.primary import Primary, lookup_of
from app.store.scripts import Script
from tests.support.pipelined_clients import gather_results, start_calls, types_of
from tests.support.redis_server import run_redis_server

ECHO = "return ARGV[1]"


async def test_concurrent_calls_cost_one_round_trip(client, redis_proxy):
    """Calls that start in one iteration of the event loop are one write; the proxy would count a second one."""
    sha = await client.script_load(ECHO)
    before = redis_proxy.round_trips
    results = await gather_results(*(client.evalsha(sha, 0, n) for n in range(64)))

    assert results == [b"%d" % n for n in range(64)]
    assert redis_proxy.round_trips - before <= 2
    before = redis_proxy.round_trips
    assert await client.evalsha(sha, 0, "alone") == b"alone"
    assert redis_proxy.round_trips == before + 1


async def test_each_caller_receives_its_own_reply(client):
    """Many clients call in a loop; every seventh call is cancelled before its reply."""
    sha = await client.script_load(ECHO)

    async def call_repeatedly(caller):
        mismatches = 0
        for n in range(20):
            call = asyncio.ensure_future(client.evalsha(sha, 0, f"{caller} {n}"))
            is_cancelled = (caller + n) % 7 == 0
            if is_cancelled:
                for _ in range(n % 5):  # before it is written, while it waits, or when its reply has arrived
                    await asyncio.sleep(0)
                call.cancel()
            (result,) = await gather_results(call)
            mismatches += result != f"{caller} {n}".encode() and not (
                is_cancelled and types_of([result]) == [asyncio.CancelledError]
            )
        return mismatches

    assert await asyncio.gather(*(call_repeatedly(caller) for caller in range(200))) == [0] * 200


async def test_ten_thousand_concurrent_calls_are_answered(open_client, engine_url):
    client = open_client(engine_url)
    sha = await client.script_load(ECHO)

    assert await gather_results(*(client.evalsha(sha, 0, n) for n in range(10_000))) == [
        b"%d" % n for n in range(10_000)
    ]


async def test_long_commands_and_replies_are_passed(client):
    long = b"x" * 4_000_000
    first, second, short = await gather_results(client.echo(long), client.eval(ECHO, 0, long), client.ping())

    assert (first == long, second == long, short) == (True, True, True)


async def test_error_reaches_only_its_caller(client):
    good, unknown, bad, also_good = await gather_results(
        client.echo("1"),
        client.evalsha("0" * 40, 0),
        client.eval("return redis.error_reply('no')", 0),
        client.echo("2"),
    )

    assert (good, also_good) == (b"1", b"2")
    assert (type(unknown), type(bad)) == (NoScriptError, ResponseError)


async def test_flushed_script_is_resent_by_each_concurrent_call(tag):
    with run_redis_server() as url:
        redis = open_redis(url)
        script = Script(redis, "requeue_due_jobs")
        await redis.script_flush()
        results = await gather_results(
            *(script([f"{tag}{name}" for name in ("later", "silences", "a", "b", "dead")], {}) for _ in range(8))
        )
        await redis.aclose()

    assert [answer for answer in results if isinstance(answer, Exception)] == []


async def test_replies_are_parsed_like_in_redis_py(client, tag):
    """Two-word commands, options, and every reply type that the store uses."""
    await client.xgroup_create(f"{tag}stream", "workers", id="0", mkstream=True)
    await client.hset(f"{tag}hash", mapping={"int": 1, "float": 1.5, "bytes": b"\xff", "str": "é"})
    plain = {b"int": b"1", b"float": b"1.5", b"bytes": b"\xff", b"str": "é".encode()}

    assert await client.hgetall(f"{tag}hash") == plain
    assert await client.hexists(f"{tag}hash", "int") is True
    assert await client.set(f"{tag}key", 1, nx=True) is True
    assert await client.set(f"{tag}key", 1, nx=True) is None
    assert len(await client.time()) == 2
    assert "redis_version" in await client.info("server")
    assert (await client.xpending(f"{tag}stream", "workers"))["pending"] == 0


async def test_cancelled_call_is_not_written(client, other_client, tag):
    """A code must not be sent after its caller received a timeout error."""
    cancelled, waiting = start_calls(client.incr(f"{tag}cancelled"), client.incr(f"{tag}waiting"))
    await asyncio.sleep(0)  # both calls have started, and nothing is written yet
    cancelled.cancel()

    assert await waiting == 1
    assert await other_client.mget(f"{tag}cancelled", f"{tag}waiting") == [None, b"1"]


async def test_only_some_of_many_calls_are_written_at_once(client, other_client, tag):
    """Redis executes what is written even if the caller is cancelled, so only some calls are written at once."""
    first, *others = start_calls(*(client.incr(f"{tag}done") for _ in range(1000)))
    await first
    for call in others:
        call.cancel()
    await client.ping()

    assert int(await other_client.get(f"{tag}done")) <= 512


@pytest.mark.parametrize("turns", range(1, 8))
async def test_cancelled_waiting_call_takes_no_other_reply(client, turns):
    calls = start_calls(*(client.echo(n) for n in range(8)))
    for _ in range(turns):
        await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    results = await gather_results(*calls)

    assert results[1::2] == [b"1", b"3", b"5", b"7"]
    assert await client.echo("next") == b"next"


async def test_call_cancelled_on_arrival_of_its_reply_takes_no_other_reply(client):
    """Both replies arrive in one piece: the second is available when its caller is cancelled."""

    async def cancel_second():
        await client.echo("1")
        second.cancel()

    first, second, third = start_calls(cancel_second(), client.echo("2"), client.echo("3"))
    await asyncio.wait([first, second])

    assert await third == b"3"
    assert await client.echo("next") == b"next"


async def test_push_message_is_not_a_reply(client, other_client, tag):
    """A push message arrives between two replies, or while no call waits."""
    results = await gather_results(
        client.execute_command("CLIENT TRACKING", "ON"),
        client.get(f"{tag}a"),
        client.set(f"{tag}a", 1),
        client.get(f"{tag}a"),
    )
    await other_client.set(f"{tag}a", 2)
    await other_client.ping()

    assert results[1:] == [None, True, b"1"]
    assert await client.get(f"{tag}a") == b"2"


async def test_late_reply_is_not_returned_to_another_call(open_client, engine_url, other_client, tag):
    client = open_client(engine_url, longest_silence=0.3)
    assert types_of(await gather_results(client.blpop(f"{tag}list"))) == [TimeoutError]
    await other_client.rpush(f"{tag}list", "item")
    await other_client.ping()

    assert await client.echo("next") == b"next"


async def test_a_batch_of_several_callers_logs_the_ids_of_none(engine_url, logged_lines):
    class LoggingPrimary(Primary):
        async def address(self):
            log.info("connecting")
            return await super().address()

    primary = LoggingPrimary(lookup_of(parse_redis_url(engine_url), "{otp}"), clock=time.monotonic)
    client = open_redis(engine_url, primary=primary)
    with LogContext(send="1"):
        assert await client.echo("1") == b"1"
        log.info("answered")
    await client.aclose(close_connection_pool=True)

    lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    assert [(line["event"], line.get("send")) for line in lines] == [("connecting", None), ("answered", "1")]
