"""save_verification: spend the limits, store the record and queue the job, or do nothing."""

import asyncio

import pytest

from app.domain.errors import DestinationBlocked, RateLimited, TemporarilyUnavailable, TooManyAttempts
from app.domain.prices import ASSUMED_PRICE
from tests.support.actions import check, start_verification, start_with_code, wrong_code
from tests.support.api_calls import TEST_NUMBERS
from tests.support.builders import OTHER_PHONE

DAY = 86_400_000


async def test_record_secret_and_job_are_stored_together(container, redis, key):
    verification = await start_verification(container, reference="cart-77")

    (job,) = await container.queue.take("sends", "w", most=10)
    record = await redis.hgetall(key("verification", verification.id))
    assert job.fields == {"version": "1", "verification": verification.id, "send": "1"}
    assert (record[b"status"], record[b"purpose"], record[b"reference"]) == (b"pending", b"login", b"cart-77")
    assert await redis.exists(key("secret", verification.id))


async def test_record_is_kept_a_day_longer_than_its_code(container, redis, key):
    verification = await start_verification(container)

    assert 0 <= 300_000 - await redis.pttl(key("secret", verification.id)) < 5000
    assert 0 <= DAY + 300_000 - await redis.pttl(key("verification", verification.id)) < 5000


async def test_racing_requests_do_not_exceed_the_send_limit(container, redis, key):
    """Fifty concurrent requests store three records, three jobs and three times in the window, and nothing else."""
    answers = await asyncio.gather(*(start_verification(container) for _ in range(50)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(RateLimited) == 47
    assert await redis.xlen(key("sends_queue")) == 3
    assert len([name async for name in redis.scan_iter(f"{key('verification')}:*")]) == 3
    assert len([name async for name in redis.scan_iter(f"{key('secret')}:*")]) == 3
    sends, of_app = sorted([name async for name in redis.scan_iter(f"{key('sends')}:*")], key=len)
    assert [await redis.strlen(window) for window in (sends, of_app)] == [3 * len("1700000000000")] * 2


async def test_window_slides_to_the_millisecond(container, clock):
    await start_verification(container)
    clock.tick(seconds=100)
    await start_verification(container)
    await start_verification(container)

    clock.tick(seconds=500, ms=-1)
    with pytest.raises(RateLimited) as limited:
        await start_verification(container)
    assert limited.value.retry_after == 1

    clock.tick(ms=1)
    await start_verification(container)
    with pytest.raises(RateLimited) as limited:
        await start_verification(container)
    assert limited.value.retry_after == 100


async def test_retry_after_comes_from_the_widest_full_window(make_container, clock):
    async with make_container(limit_sends_per_number="1/s,3/h") as container:
        for _ in range(3):
            await start_verification(container)
            clock.tick(seconds=1)
        with pytest.raises(RateLimited) as limited:
            await start_verification(container)

    assert limited.value.retry_after == 3597


async def test_disabled_limit_stores_no_times(make_container, redis, key):
    async with make_container(limit_sends_per_number="off") as container:
        for _ in range(20):
            await start_verification(container)

    assert not [name async for name in redis.scan_iter(f"{key('sends')}:*")]


async def test_pending_index_holds_the_newest_hundred(make_container, container, redis, key):
    """This bounds the work of one search, and the memory of a number."""
    async with make_container(limit_sends_per_number="off") as unlimited:
        for _ in range(105):
            await start_verification(unlimited)

    (pending,) = [name async for name in redis.scan_iter(f"{key('pending')}:*")]
    assert await redis.zcard(pending) == 100


async def test_pending_index_keeps_its_ttl_when_the_retention_was_shortened(
    make_container, container, redis, key, clock
):
    """Expired entries are removed by the new retention; an emptied sorted set would vanish together with its TTL."""
    async with make_container(keep=3 * 86_400) as long_retention:
        await start_verification(long_retention)
    clock.tick(ms=2 * DAY)
    await start_verification(container)

    (pending,) = [name async for name in redis.scan_iter(f"{key('pending')}:*")]
    assert await redis.zcard(pending) == 1
    assert await redis.pttl(pending) > DAY


async def test_blocked_number_is_refused(container, redis, key):
    verification = await start_verification(container)
    await container.numbers.block((await redis.hget(key("verification", verification.id), "name")).decode())

    with pytest.raises(DestinationBlocked):
        await start_verification(container)
    assert await start_verification(container, OTHER_PHONE)


async def test_retry_after_covers_both_lockout_and_send_limit(make_container):
    """Ten wrong codes cause a wait of 30 s, but a retry after it would hit the ten-minute send limit."""
    async with make_container(limit_sends_per_number="2/10min", attempts=5) as container:
        for _ in range(2):
            id, code = await start_with_code(container)
            await asyncio.gather(*(check(container, wrong_code(code), id=id) for _ in range(5)), return_exceptions=True)

        with pytest.raises(TooManyAttempts) as waiting:
            await start_verification(container)
    assert waiting.value.retry_after == 600


@pytest.mark.parametrize(("jobs", "is_busy"), [(10_000, False), (10_001, True)])
async def test_queue_with_over_ten_thousand_jobs_refuses_requests(container, redis, key, jobs, is_busy):
    """A refused request is better than a code that arrives expired. Delayed jobs count too."""
    await container.queue.add("sends", [{"verification": "vf_x", "send": "1"}] * 6000)
    await redis.zadd(key("later"), {f"job-{number}": 1 for number in range(jobs - 6000)})

    if is_busy:
        with pytest.raises(TemporarilyUnavailable):
            await start_verification(container)
        assert not [name async for name in redis.scan_iter(f"{key('verification')}:*")]
    else:
        assert await start_verification(container)


@pytest.mark.parametrize(("age_ms", "is_busy"), [(58_000, False), (61_000, True)])
async def test_queue_whose_oldest_job_is_over_a_minute_old_refuses_requests(container, redis, key, age_ms, is_busy):
    seconds, micros = await redis.time()
    added_at = seconds * 1000 + micros // 1000 - age_ms
    await redis.xadd(key("sends_queue"), {"verification": "vf_x", "send": "1"}, id=f"{added_at}-0")

    if is_busy:
        with pytest.raises(TemporarilyUnavailable) as busy:
            await start_verification(container)
        assert busy.value.retry_after == 10
    else:
        assert await start_verification(container)


async def test_record_holds_the_expected_cost_of_each_sms(container, redis, key):
    """Without a price table it is the assumed price, for each segment of the text; resends read it of the record."""
    dutch = await start_verification(container)
    greek = await start_verification(container, OTHER_PHONE, languages=["el"])

    costs = [int(await redis.hget(key("verification", one.id), "cost")) for one in (dutch, greek)]
    assert costs == [ASSUMED_PRICE, 2 * ASSUMED_PRICE]


async def test_a_test_number_costs_nothing(make_container, redis, key):
    async with make_container(test_numbers=TEST_NUMBERS) as container:
        verification = await start_verification(container)

    assert await redis.hget(key("verification", verification.id), "cost") is None
