"""One connection for all, and everybody gets their own answer."""

import asyncio

import pytest
from redis.exceptions import NoScriptError, ResponseError

from app.store.connection import open_redis
from app.store.scripts import Script
from tests.support.pipelined_clients import at_once, begin, kinds
from tests.support.redis_server import own_engine

ECHO = "return ARGV[1]"


async def test_a_crowd_costs_one_round_trip_and_a_lone_call_one_too(pipe, redis_proxy):
    """What begins in one turn of the loop is one write; the wire would see a second one after the first answer."""
    sha = await pipe.script_load(ECHO)
    before = redis_proxy.round_trips
    answers = await at_once(*(pipe.evalsha(sha, 0, n) for n in range(64)))

    assert answers == [b"%d" % n for n in range(64)]
    assert redis_proxy.round_trips - before <= 2
    before = redis_proxy.round_trips
    assert await pipe.evalsha(sha, 0, "alone") == b"alone"
    assert redis_proxy.round_trips == before + 1


async def test_everybody_gets_exactly_their_own_answer(pipe):
    """Many who come and go all the time, and every seventh of whom leaves before the answer."""
    sha = await pipe.script_load(ECHO)

    async def talk(who):
        strange = 0
        for n in range(20):
            call = asyncio.ensure_future(pipe.evalsha(sha, 0, f"{who} {n}"))
            leaves = (who + n) % 7 == 0
            if leaves:
                for _ in range(n % 5):  # now before it is written, now while it waits, now when its answer is there
                    await asyncio.sleep(0)
                call.cancel()
            (logged_lines,) = await at_once(call)
            strange += logged_lines != f"{who} {n}".encode() and not (
                leaves and kinds([logged_lines]) == [asyncio.CancelledError]
            )
        return strange

    assert await asyncio.gather(*(talk(who) for who in range(200))) == [0] * 200


async def test_ten_thousand_at_once_are_all_served(open_pipe, engine_url):
    pipe = open_pipe(engine_url)
    sha = await pipe.script_load(ECHO)

    assert await at_once(*(pipe.evalsha(sha, 0, n) for n in range(10_000))) == [b"%d" % n for n in range(10_000)]


async def test_long_commands_and_long_answers_pass(pipe):
    long = b"x" * 4_000_000
    first, second, short = await at_once(pipe.echo(long), pipe.eval(ECHO, 0, long), pipe.ping())

    assert (first == long, second == long, short) == (True, True, True)


async def test_an_error_reaches_its_caller_only(pipe):
    good, unknown, bad, also_good = await at_once(
        pipe.echo("1"), pipe.evalsha("0" * 40, 0), pipe.eval("return redis.error_reply('no')", 0), pipe.echo("2")
    )

    assert (good, also_good) == (b"1", b"2")
    assert (type(unknown), type(bad)) == (NoScriptError, ResponseError)


async def test_a_forgotten_script_is_sent_again_by_each_who_asks(tag):
    with own_engine() as url:
        redis = open_redis(url)
        script = Script(redis, "requeue_due_jobs")
        await redis.script_flush()
        answers = await at_once(*(script([f"{tag}later", f"{tag}a", f"{tag}b"], [0]) for _ in range(8)))
        await redis.aclose()

    assert [answer for answer in answers if isinstance(answer, Exception)] == []


async def test_answers_are_understood_as_redis_py_does(pipe, tag):
    """Names of two words, options, and every kind that the store passes."""
    await pipe.xgroup_create(f"{tag}stream", "workers", id="0", mkstream=True)
    await pipe.hset(f"{tag}hash", mapping={"int": 1, "float": 1.5, "bytes": b"\xff", "str": "é"})
    plain = {b"int": b"1", b"float": b"1.5", b"bytes": b"\xff", b"str": "é".encode()}

    assert await pipe.hgetall(f"{tag}hash") == plain
    assert await pipe.hexists(f"{tag}hash", "int") is True
    assert await pipe.set(f"{tag}key", 1, nx=True) is True
    assert await pipe.set(f"{tag}key", 1, nx=True) is None
    assert len(await pipe.time()) == 2
    assert "redis_version" in await pipe.info("server")
    assert (await pipe.xpending(f"{tag}stream", "workers"))["pending"] == 0


async def test_who_has_left_is_not_asked_for(pipe, other, tag):
    """A code whose caller was told that it is too late must not be sent all the same."""
    left, stays = begin(pipe.incr(f"{tag}left"), pipe.incr(f"{tag}stays"))
    await asyncio.sleep(0)  # they have asked, and nothing is written yet
    left.cancel()

    assert await stays == 1
    assert await other.mget(f"{tag}left", f"{tag}stays") == [None, b"1"]


async def test_a_crowd_waits_here_and_not_in_redis(pipe, other, tag):
    """What is written is done, though nobody may want it any more: so only a part of a crowd is written at once."""
    first, *others = begin(*(pipe.incr(f"{tag}done") for _ in range(1000)))
    await first
    for call in others:
        call.cancel()
    await pipe.ping()

    assert int(await other.get(f"{tag}done")) <= 512


@pytest.mark.parametrize("turns", range(1, 8))
async def test_who_leaves_while_waiting_takes_nobody_s_answer(pipe, turns):
    calls = begin(*(pipe.echo(n) for n in range(8)))
    for _ in range(turns):
        await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    answers = await at_once(*calls)

    assert answers[1::2] == [b"1", b"3", b"5", b"7"]
    assert await pipe.echo("next") == b"next"


async def test_who_leaves_when_the_answer_comes_takes_nobody_s_answer(pipe):
    """Both answers came in one piece: the second is there when its caller is cancelled."""

    async def leave_together():
        await pipe.echo("1")
        second.cancel()

    first, second, third = begin(leave_together(), pipe.echo("2"), pipe.echo("3"))
    await asyncio.wait([first, second])

    assert await third == b"3"
    assert await pipe.echo("next") == b"next"


async def test_what_redis_says_unasked_is_nobody_s_answer(pipe, other, tag):
    """A push comes between two answers, or while nobody asks."""
    answers = await at_once(
        pipe.execute_command("CLIENT TRACKING", "ON"), pipe.get(f"{tag}a"), pipe.set(f"{tag}a", 1), pipe.get(f"{tag}a")
    )
    await other.set(f"{tag}a", 2)
    await other.ping()

    assert answers[1:] == [None, True, b"1"]
    assert await pipe.get(f"{tag}a") == b"2"


async def test_an_answer_that_comes_too_late_is_nobody_s_answer(open_pipe, engine_url, other, tag):
    pipe = open_pipe(engine_url, longest_silence=0.3)
    assert kinds(await at_once(pipe.blpop(f"{tag}bell"))) == [TimeoutError]
    await other.rpush(f"{tag}bell", "rung")
    await other.ping()

    assert await pipe.echo("next") == b"next"
