"""resend_code: the limits once more, and one more job."""

import asyncio

from app.domain.errors import DestinationBlocked, RateLimited
from tests.support.actions import ask, ask_again, code_of


async def test_racing_resends_pass_the_cooldown_once(container, clock, redis, key):
    """Twenty at once: one more job, one send less."""
    standing = await ask(container)
    clock.tick(seconds=30)

    answers = await asyncio.gather(*(ask_again(container, standing.id) for _ in range(20)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(RateLimited) == 19
    assert {answer.limit for answer in answers if isinstance(answer, RateLimited)} == {"resend_cooldown"}
    assert await redis.hget(key("verification", standing.id), "sends") == b"1"
    jobs = await container.queue.take("sends", "w", most=10)
    assert [job.fields["send"] for job in jobs] == ["1", "2"]


async def test_racing_resends_of_several_verifications_share_the_numbers_limit(make_container, clock):
    async with make_container(limit_sends_per_number="4/10min") as container:
        ids = [(await ask(container)).id for _ in range(3)]
        clock.tick(seconds=30)

        answers = await asyncio.gather(*(ask_again(container, id) for id in ids), return_exceptions=True)

    assert [answer.limit for answer in answers if isinstance(answer, RateLimited)] == ["sends_per_number"] * 2


async def test_a_refused_resend_writes_nothing(container, redis, key):
    standing = await ask(container)
    before = await redis.hgetall(key("verification", standing.id))

    answers = await asyncio.gather(*(ask_again(container, standing.id) for _ in range(5)), return_exceptions=True)

    assert {type(answer) for answer in answers} == {RateLimited}
    assert await redis.hgetall(key("verification", standing.id)) == before
    assert await redis.xlen(key("sends_queue")) == 1


async def test_a_new_code_ends_with_the_old_ones_time(make_container, clock, redis, key):
    """It extends nothing: the secret is exchanged, its end stays."""
    async with make_container(resend_code="new") as container:
        standing = await ask(container)
        old = await code_of(container, standing.id)
        await redis.pexpire(key("secret", standing.id), 200_000)
        clock.tick(seconds=30)
        await ask_again(container, standing.id)

        assert await code_of(container, standing.id, send=2) != old
    assert 190_000 < await redis.pttl(key("secret", standing.id)) <= 200_000


async def test_a_number_blocked_since_gets_no_more(container, clock, redis, key):
    standing = await ask(container)
    await container.numbers.block((await redis.hget(key("verification", standing.id), "name")).decode())
    clock.tick(seconds=30)

    answers = await asyncio.gather(ask_again(container, standing.id), return_exceptions=True)

    assert [type(answer) for answer in answers] == [DestinationBlocked]
