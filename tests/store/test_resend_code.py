"""resend_code: spend the limits and queue one more SMS of a pending verification."""

import asyncio

from app.domain.errors import DestinationBlocked, RateLimited
from tests.support.actions import code_of, resend, start_verification


async def test_racing_resends_pass_the_cooldown_once(container, clock, redis, key):
    """Twenty concurrent resends queue one job and spend one send."""
    verification = await start_verification(container)
    clock.tick(seconds=30)

    answers = await asyncio.gather(*(resend(container, verification.id) for _ in range(20)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(RateLimited) == 19
    assert {answer.limit for answer in answers if isinstance(answer, RateLimited)} == {"resend_cooldown"}
    assert await redis.hget(key("verification", verification.id), "sends") == b"1"
    jobs = await container.queue.take("sends", "w", most=10)
    assert [job.fields["send"] for job in jobs] == ["1", "2"]


async def test_racing_resends_of_several_verifications_share_the_number_limit(make_container, clock):
    async with make_container(limit_sends_per_number="4/10min") as container:
        ids = [(await start_verification(container)).id for _ in range(3)]
        clock.tick(seconds=30)

        answers = await asyncio.gather(*(resend(container, id) for id in ids), return_exceptions=True)

    assert [answer.limit for answer in answers if isinstance(answer, RateLimited)] == ["sends_per_number"] * 2


async def test_refused_resend_writes_nothing(container, redis, key):
    verification = await start_verification(container)
    before = await redis.hgetall(key("verification", verification.id))

    answers = await asyncio.gather(*(resend(container, verification.id) for _ in range(5)), return_exceptions=True)

    assert {type(answer) for answer in answers} == {RateLimited}
    assert await redis.hgetall(key("verification", verification.id)) == before
    assert await redis.xlen(key("sends_queue")) == 1


async def test_new_code_keeps_the_expiry_of_the_old_code(make_container, clock, redis, key):
    """A resend extends nothing: the secret is replaced and keeps its expiry."""
    async with make_container(resend_code="new") as container:
        verification = await start_verification(container)
        old = await code_of(container, verification.id)
        await redis.pexpire(key("secret", verification.id), 200_000)
        clock.tick(seconds=30)
        await resend(container, verification.id)

        assert await code_of(container, verification.id, send=2) != old
    assert 190_000 < await redis.pttl(key("secret", verification.id)) <= 200_000


async def test_resend_to_a_blocked_number_is_refused(container, clock, redis, key):
    verification = await start_verification(container)
    await container.numbers.block((await redis.hget(key("verification", verification.id), "name")).decode())
    clock.tick(seconds=30)

    answers = await asyncio.gather(resend(container, verification.id), return_exceptions=True)

    assert [type(answer) for answer in answers] == [DestinationBlocked]
