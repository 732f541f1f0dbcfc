"""One connection for all that breaks, falls silent or is closed: everybody is told, and nothing is repeated."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as Away

from app.domain.errors import TemporarilyUnavailable
from app.store.connection import open_redis
from app.store.scripts import Script
from tests.support.pipelined_clients import at_once, begin, kinds
from tests.support.redis_proxy import SILENCE
from tests.support.waiting import until


async def test_who_was_answered_before_the_connection_broke_keeps_the_answer(open_pipe, engine_url, other, tag):
    """The others are told, and what they asked for is not repeated."""
    pipe = open_pipe(engine_url)
    answers = await at_once(
        pipe.incr(f"{tag}before"),
        pipe.echo("1"),
        pipe.execute_command("QUIT"),
        pipe.incr(f"{tag}after"),
        pipe.echo("2"),
    )

    assert answers[:2] == [1, b"1"]
    assert kinds(answers[3:]) == [Away, Away]
    assert await other.mget(f"{tag}before", f"{tag}after") == [b"1", None]
    assert await pipe.echo("next") == b"next"


async def test_what_was_done_without_an_answer_is_not_done_twice(open_pipe, engine_url, other, tag):
    """Redis may always have done it; here it has, and says nothing."""
    pipe = open_pipe(engine_url, longest_silence=0.1)
    await pipe.ping()
    answers = await at_once(pipe.execute_command("CLIENT REPLY", "OFF"), pipe.incr(f"{tag}count"))

    assert kinds(answers) == [TimeoutError, TimeoutError]
    assert await other.get(f"{tag}count") == b"1"
    assert await pipe.incr(f"{tag}count") == 2


async def test_a_script_says_that_redis_is_away_when_the_connection_breaks(open_pipe, engine_url, key):
    pipe = open_pipe(engine_url)
    script = Script(pipe, "requeue_due_jobs")
    _, answer = await at_once(pipe.execute_command("QUIT"), script([key("later"), key("a"), key("b")], [0]))

    assert type(answer) is TemporarilyUnavailable


async def test_a_silent_redis_is_noticed_by_all_and_forgotten_when_it_is_back(open_pipe, redis_proxy):
    """Those who were written, those who wait behind them, and those for whom a new connection is opened."""
    pipe = open_pipe(redis_proxy.url, longest_wait=0.5, longest_silence=0.2)
    await pipe.ping()
    redis_proxy.says = SILENCE
    written = asyncio.ensure_future(pipe.echo("1"))
    for _ in range(3):
        await asyncio.sleep(0)
    behind = asyncio.ensure_future(pipe.echo("2"))
    await asyncio.wait([written])
    late = asyncio.ensure_future(pipe.echo("3"))
    answers = await at_once(written, behind, late)
    redis_proxy.says = None

    assert kinds(answers) == [TimeoutError] * 3
    assert await pipe.echo("back") == b"back"


@pytest.mark.parametrize("since", ["the start", "a call"])
async def test_nobody_waits_for_a_silent_redis_longer_than_both_limits(open_pipe, redis_proxy, since):
    """With the limits of the service that is 2 s, whenever somebody asks: here ten times less."""
    loop = asyncio.get_running_loop()
    pipe = open_pipe(redis_proxy.url, longest_wait=0.1, longest_silence=0.1)
    if since == "a call":
        await pipe.ping()
    redis_proxy.says = SILENCE
    waits = []

    async def call():
        began = loop.time()
        answer = await at_once(pipe.ping())
        waits.append(loop.time() - began)
        assert kinds(answer) == [TimeoutError]

    calls = []
    for _ in range(40):
        calls.append(asyncio.ensure_future(call()))
        await asyncio.wait(calls, timeout=0.011)
    await asyncio.gather(*calls)

    assert max(waits) < 2 * 0.2  # twice, for a machine that is busy


async def test_who_waited_too_long_behind_others_is_told_and_never_written(open_pipe, engine_url, other, tag):
    """Their caller was told no: when Redis has time for it again, nobody wants it any more."""
    loop = asyncio.get_running_loop()
    pipe = open_pipe(engine_url, longest_wait=0.3)
    await pipe.ping()
    (slow,) = begin(pipe.blpop(f"{tag}bell"))
    await until(lambda: other.client_list(_type="normal"))
    (late,) = begin(pipe.incr(f"{tag}late"))
    ends = loop.time() + 0.35
    await until(lambda: loop.time() > ends)
    await other.rpush(f"{tag}bell", "rung")

    assert kinds(await at_once(slow, late)) == [tuple, TimeoutError]
    assert await other.exists(f"{tag}late") == 0


async def test_a_connection_that_redis_closed_meanwhile_costs_no_error(open_pipe, engine_url, other):
    """It was idle for too long, or Redis was started again: nobody asked for anything yet, so it is safe."""
    pipe = open_pipe(engine_url)
    id = await pipe.client_id()
    await other.client_kill_filter(_id=id)
    await other.ping()  # its end is here

    assert await pipe.echo("next") == b"next"


async def test_a_pipeline_does_not_take_a_connection_that_redis_closed(engine_url, other):
    async with open_redis(engine_url) as redis, redis.pipeline(transaction=False) as pipeline:
        (id,) = await pipeline.client_id().execute()
        await other.client_kill_filter(_id=id)
        await other.ping()

        assert await pipeline.echo("next").execute() == [b"next"]


async def test_who_waits_is_told_when_the_client_is_closed(pipe, redis_proxy, other):
    """And no new connection is opened for those who were not written yet."""
    redis_proxy.says, before = SILENCE, redis_proxy.round_trips
    written = begin(pipe.echo("1"), pipe.echo("2"))
    await until(lambda: redis_proxy.round_trips > before)
    waiting = begin(pipe.echo("3"), pipe.echo("4"))
    await asyncio.sleep(0)
    await pipe.aclose(close_connection_pool=True)

    assert kinds(await at_once(*written, *waiting)) == [Away] * 4
    await other.ping()  # what might still have been on its way is there
    assert redis_proxy.round_trips == before + 1


async def test_who_asks_and_is_cut_off_in_the_same_turn_is_told(pipe):
    """The task that would have written it never began."""
    answer, closed = await at_once(pipe.echo("1"), pipe.aclose(close_connection_pool=True))

    assert (type(answer), closed) == (Away, None)
    assert await pipe.echo("opened again") == b"opened again"


async def test_who_tidies_up_while_the_loop_ends_is_still_served(engine_url, tag):
    """A loop that ends cancels all tasks, that one too which talks to Redis for the others."""
    logged_lines = []

    async def tidy(redis):
        try:
            await redis.blpop(f"{tag}bell")
        except asyncio.CancelledError:
            logged_lines.append(await redis.echo("tidied"))
            await redis.aclose()
            raise

    async def start():
        tidying = asyncio.create_task(tidy(open_redis(engine_url)))
        async with open_redis(engine_url) as other:
            await until(other.ping)
        return tidying

    await asyncio.to_thread(asyncio.run, start())

    assert logged_lines == [b"tidied"]
