"""The pipelined client on a broken, silent or closed connection: every call fails, none is repeated."""

import asyncio

import pytest
from redis import exceptions
from redis.exceptions import ConnectionError as Away

from app.domain.errors import TemporarilyUnavailable
from app.store.connection import open_redis
from app.store.scripts import Script
from tests.support.pipelined_clients import gather_results, start_calls, types_of
from tests.support.redis_proxy import NO_REPLY
from tests.support.waiting import until


async def test_reply_received_before_the_connection_breaks_is_returned(open_client, engine_url, other_client, tag):
    """The other calls fail, and their commands are not repeated."""
    client = open_client(engine_url)
    results = await gather_results(
        client.incr(f"{tag}before"),
        client.echo("1"),
        client.execute_command("QUIT"),
        client.incr(f"{tag}after"),
        client.echo("2"),
    )

    assert results[:2] == [1, b"1"]
    assert types_of(results[3:]) == [Away, Away]
    assert await other_client.mget(f"{tag}before", f"{tag}after") == [b"1", None]
    assert await client.echo("next") == b"next"


async def test_command_without_a_reply_is_not_repeated(open_client, engine_url, other_client, tag):
    """Redis may have executed a command without replying; here it has."""
    client = open_client(engine_url, longest_silence=0.1)
    await client.ping()
    results = await gather_results(client.execute_command("CLIENT REPLY", "OFF"), client.incr(f"{tag}count"))

    assert types_of(results) == [TimeoutError, TimeoutError]
    assert await other_client.get(f"{tag}count") == b"1"
    assert await client.incr(f"{tag}count") == 2


async def test_script_raises_temporarily_unavailable_when_the_connection_breaks(open_client, engine_url, key):
    client = open_client(engine_url)
    script = Script(client, "requeue_due_jobs")
    keys = [key(name) for name in ("later", "silences", "a", "b", "dead")]
    _, answer = await gather_results(client.execute_command("QUIT"), script(keys, {}))

    assert type(answer) is TemporarilyUnavailable


async def test_all_calls_time_out_while_redis_is_silent_and_succeed_afterwards(open_client, redis_proxy):
    """Calls that were written, calls that wait behind them, and calls that open a new connection."""
    client = open_client(redis_proxy.url, longest_wait=0.5, longest_silence=0.2)
    await client.ping()
    redis_proxy.canned_reply = NO_REPLY
    written = asyncio.ensure_future(client.echo("1"))
    for _ in range(3):
        await asyncio.sleep(0)
    behind = asyncio.ensure_future(client.echo("2"))
    await asyncio.wait([written])
    late = asyncio.ensure_future(client.echo("3"))
    results = await gather_results(written, behind, late)
    redis_proxy.canned_reply = None

    assert types_of(results) == [TimeoutError] * 3
    assert await client.echo("back") == b"back"


@pytest.mark.parametrize("since", ["the start", "a call"])
async def test_no_call_waits_longer_than_both_timeouts(open_client, redis_proxy, since):
    """With the service's timeouts that is 2 s, whenever a call starts; the test uses a tenth."""
    loop = asyncio.get_running_loop()
    client = open_client(redis_proxy.url, longest_wait=0.1, longest_silence=0.1)
    if since == "a call":
        await client.ping()
    redis_proxy.canned_reply = NO_REPLY
    durations = []

    async def call():
        began = loop.time()
        answer = await gather_results(client.ping())
        durations.append(loop.time() - began)
        # redis-py raises a different type for a connection that it could not open in time.
        assert types_of(answer)[0] in {TimeoutError, exceptions.TimeoutError}

    calls = []
    for _ in range(40):
        calls.append(asyncio.ensure_future(call()))
        await asyncio.wait(calls, timeout=0.011)
    await asyncio.gather(*calls)

    assert max(durations) < 2 * 0.2  # twice the limit, for a busy machine


async def test_call_that_waits_too_long_fails_and_is_never_written(open_client, engine_url, other_client, tag):
    """Its caller received an error, so the command must not run when Redis replies again."""
    loop = asyncio.get_running_loop()
    client = open_client(engine_url, longest_wait=0.3)
    await client.ping()
    (slow,) = start_calls(client.blpop(f"{tag}list"))
    await until(lambda: other_client.client_list(_type="normal"))
    (late,) = start_calls(client.incr(f"{tag}late"))
    ends = loop.time() + 0.35
    await until(lambda: loop.time() > ends)
    await other_client.rpush(f"{tag}list", "item")

    assert types_of(await gather_results(slow, late)) == [tuple, TimeoutError]
    assert await other_client.exists(f"{tag}late") == 0


async def test_connection_closed_by_redis_while_idle_is_reopened(open_client, engine_url, other_client):
    """It was idle for too long, or Redis was restarted: no command was sent yet, so a retry is safe."""
    client = open_client(engine_url)
    id = await client.client_id()
    await other_client.client_kill_filter(_id=id)
    await other_client.ping()  # the end of the connection has arrived

    assert await client.echo("next") == b"next"


async def test_pipeline_does_not_use_a_connection_closed_by_redis(engine_url, other_client):
    async with open_redis(engine_url) as redis, redis.pipeline(transaction=False) as pipeline:
        (id,) = await pipeline.client_id().execute()
        await other_client.client_kill_filter(_id=id)
        await other_client.ping()

        assert await pipeline.echo("next").execute() == [b"next"]


async def test_waiting_calls_fail_when_the_client_is_closed(client, redis_proxy, other_client):
    """No new connection is opened for calls that were not written yet."""
    redis_proxy.canned_reply, before = NO_REPLY, redis_proxy.round_trips
    written = start_calls(client.echo("1"), client.echo("2"))
    await until(lambda: redis_proxy.round_trips > before)
    waiting = start_calls(client.echo("3"), client.echo("4"))
    await asyncio.sleep(0)
    await client.aclose(close_connection_pool=True)

    assert types_of(await gather_results(*written, *waiting)) == [Away] * 4
    await other_client.ping()  # anything still in transit has arrived
    assert redis_proxy.round_trips == before + 1


async def test_call_started_together_with_close_fails(client):
    """The task that would have written the call never started."""
    answer, closed = await gather_results(client.echo("1"), client.aclose(close_connection_pool=True))

    assert (type(answer), closed) == (Away, None)
    assert await client.echo("opened again") == b"opened again"


async def test_calls_during_event_loop_shutdown_are_answered(engine_url, tag):
    """A closing event loop cancels all tasks, including the one that writes to Redis for the others."""
    replies = []

    async def clean_up(redis):
        try:
            await redis.blpop(f"{tag}list")
        except asyncio.CancelledError:
            replies.append(await redis.echo("cleaned up"))
            await redis.aclose()
            raise

    async def start():
        cleanup = asyncio.create_task(clean_up(open_redis(engine_url)))
        async with open_redis(engine_url) as other_client:
            await until(other_client.ping)
        return cleanup

    await asyncio.to_thread(asyncio.run, start())

    assert replies == [b"cleaned up"]
