"""keep_verification: the limits, the record and the job, all or nothing."""

import asyncio

import pytest

from app.domain.errors import DestinationBlocked, RateLimited, TemporarilyUnavailable, TooManyAttempts
from tests.support.actions import ask, ask_for_code, check, wrong
from tests.support.builders import OTHER_PHONE

DAY = 86_400_000


async def test_record_secret_and_job_are_kept_together(container, redis, key):
    standing = await ask(container, reference="cart-77")

    (job,) = await container.queue.take("sends", "w", most=10)
    record = await redis.hgetall(key("verification", standing.id))
    assert job.fields == {"verification": standing.id, "send": "1"}
    assert (record[b"status"], record[b"purpose"], record[b"reference"]) == (b"pending", b"login", b"cart-77")
    assert await redis.exists(key("secret", standing.id))


async def test_the_record_outlives_its_code_by_a_day(container, redis, key):
    standing = await ask(container)

    assert 0 <= 300_000 - await redis.pttl(key("secret", standing.id)) < 5000
    assert 0 <= DAY + 300_000 - await redis.pttl(key("verification", standing.id)) < 5000


async def test_racing_requests_find_the_last_free_send_once(container, redis, key):
    """Fifty at once: three records, three jobs, three moments in the window, and nothing of the others."""
    answers = await asyncio.gather(*(ask(container) for _ in range(50)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(RateLimited) == 47
    assert await redis.xlen(key("sends_queue")) == 3
    assert len([name async for name in redis.scan_iter(f"{key('verification')}:*")]) == 3
    assert len([name async for name in redis.scan_iter(f"{key('secret')}:*")]) == 3
    (sends,) = [name async for name in redis.scan_iter(f"{key('sends')}:*")]
    assert await redis.strlen(sends) == 3 * len("1700000000000")


async def test_the_window_slides_to_the_millisecond(container, clock):
    await ask(container)
    clock.tick(seconds=100)
    await ask(container)
    await ask(container)

    clock.tick(seconds=500, ms=-1)
    with pytest.raises(RateLimited) as limited:
        await ask(container)
    assert limited.value.retry_after == 1

    clock.tick(ms=1)
    await ask(container)
    with pytest.raises(RateLimited) as limited:
        await ask(container)
    assert limited.value.retry_after == 100


async def test_the_widest_of_several_windows_decides(make_container, clock):
    async with make_container(limit_sends_per_number="1/s,3/h") as container:
        for _ in range(3):
            await ask(container)
            clock.tick(seconds=1)
        with pytest.raises(RateLimited) as limited:
            await ask(container)

    assert limited.value.retry_after == 3597


async def test_a_limit_that_is_off_keeps_no_times(make_container, redis, key):
    async with make_container(limit_sends_per_number="off") as container:
        for _ in range(20):
            await ask(container)

    assert not [name async for name in redis.scan_iter(f"{key('sends')}:*")]


async def test_by_number_the_newest_fifty_are_found(make_container, container, redis, key):
    """A bound on what one check may walk."""
    async with make_container(limit_sends_per_number="off") as unlimited:
        for _ in range(55):
            await ask(unlimited)

    (pending,) = [name async for name in redis.scan_iter(f"{key('pending')}:*")]
    assert await redis.zcard(pending) == 50


async def test_what_a_number_asked_for_ends_also_where_records_are_kept_for_less_long_than_before(
    make_container, container, redis, key, clock
):
    """What expired goes by the new figure; a sorted set that it leaves empty would be gone, and its end with it."""
    async with make_container(keep=3 * 86_400) as patient:
        await ask(patient)
    clock.tick(ms=2 * DAY)
    await ask(container)

    (pending,) = [name async for name in redis.scan_iter(f"{key('pending')}:*")]
    assert await redis.zcard(pending) == 1
    assert await redis.pttl(pending) > DAY


async def test_a_blocked_number_is_refused_before_its_waits_and_limits(container, redis, key):
    standing = await ask(container)
    await container.numbers.block((await redis.hget(key("verification", standing.id), "name")).decode())

    with pytest.raises(DestinationBlocked):
        await ask(container)
    assert await ask(container, OTHER_PHONE)


async def test_a_number_that_waits_is_told_so_and_when_its_limit_opens_too(make_container):
    """Ten wrong codes make it wait for 30 s, but who came back then would meet the ten minutes of the sends."""
    async with make_container(limit_sends_per_number="2/10min", attempts=5) as container:
        for _ in range(2):
            id, code = await ask_for_code(container)
            await asyncio.gather(*(check(container, wrong(code), id=id) for _ in range(5)), return_exceptions=True)

        with pytest.raises(TooManyAttempts) as waiting:
            await ask(container)
    assert waiting.value.retry_after == 600


@pytest.mark.parametrize(("jobs", "is_busy"), [(10_000, False), (10_001, True)])
async def test_a_queue_over_ten_thousand_jobs_takes_no_more(container, redis, key, jobs, is_busy):
    """Better to say so than to send a code after it has expired. Jobs put back count too."""
    await container.queue.add("sends", [{"verification": "vf_x", "send": "1"}] * 6000)
    await redis.zadd(key("later"), {f"job-{number}": 1 for number in range(jobs - 6000)})

    if is_busy:
        with pytest.raises(TemporarilyUnavailable):
            await ask(container)
        assert not [name async for name in redis.scan_iter(f"{key('verification')}:*")]
    else:
        assert await ask(container)


@pytest.mark.parametrize(("age_ms", "is_busy"), [(58_000, False), (61_000, True)])
async def test_a_queue_whose_oldest_job_waits_a_minute_takes_no_more(container, redis, key, age_ms, is_busy):
    seconds, micros = await redis.time()
    added_at = seconds * 1000 + micros // 1000 - age_ms
    await redis.xadd(key("sends_queue"), {"verification": "vf_x", "send": "1"}, id=f"{added_at}-0")

    if is_busy:
        with pytest.raises(TemporarilyUnavailable) as busy:
            await ask(container)
        assert busy.value.retry_after == 10
    else:
        assert await ask(container)
