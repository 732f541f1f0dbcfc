"""proven_numbers: the numbers that were approved in an app before, in a Bloom filter of two generations."""

import asyncio
import random
import string

import pytest

from app.store.connection import open_redis
from app.store.scripts import read_script
from tests.support.actions import check, start_with_code
from tests.support.builders import PHONE
from tests.support.redis_server import run_redis_server

DAY_MS = 86_400_000
BASE64URL = string.ascii_letters + string.digits + "-_"
WAS_PROVEN = """
local prefix, app, now = KEYS[1], ARGV[1], tonumber(ARGV[2])
local proven = 0
for i = 3, #ARGV do
  proven = proven + (was_proven(prefix, app, ARGV[i], now) and 1 or 0)
end
return proven"""
MARK_PROVEN = "for i = 3, #ARGV do mark_proven(KEYS[1], ARGV[1], ARGV[i], tonumber(ARGV[2])) end return 0"


class ProvenNumbers:
    """Runs the part alone: marks and counts names of an app, by the clock."""

    def __init__(self, redis, key, clock):
        self._redis, self._prefix, self._clock = redis, key(""), clock

    async def mark(self, *names, app="shop"):
        await self._run(MARK_PROVEN, app, names)

    async def count(self, *names, app="shop"):
        return await self._run(WAS_PROVEN, app, names)

    async def _run(self, body, app, names):
        text = f"{read_script('proven_numbers')}\n{body}"
        parts = [names[i : i + 1000] for i in range(0, len(names), 1000)]
        return sum([await self._redis.eval(text, 1, self._prefix, app, self._clock(), *part) for part in parts])


@pytest.fixture
def proven(redis, key, clock):
    return ProvenNumbers(redis, key, clock)


def names(count, *, seed=1, prefix=""):
    """Return names as `Keyring.name` writes them: 22 characters of base64url, of which the first may be given."""
    chance = random.Random(seed)  # noqa: S311  names of a test
    return ["".join([*prefix, *chance.choices(BASE64URL, k=22 - len(prefix))]) for _ in range(count)]


async def test_a_number_is_proven_in_the_app_that_approved_it(proven):
    (name, other) = names(2)

    await proven.mark(name)

    assert await proven.count(name) == 1
    assert await proven.count(other) == 0
    assert await proven.count(name, app="bank") == 0


@pytest.mark.parametrize(("days", "count"), [(0, 1), (90, 1), (179, 1), (180, 0), (700, 0)])
async def test_a_number_is_remembered_for_half_a_year_at_most(proven, clock, days, count):
    """By the day that the slot stores, not by a TTL: the clock of a replay is not the server's."""
    (name,) = names(1)
    await proven.mark(name)

    clock.tick(seconds=days * 86_400)

    assert await proven.count(name) == count


@pytest.mark.parametrize("started", [0, 45, 89])
async def test_a_number_is_remembered_for_ninety_days_at_least(proven, clock, started):
    """However old the generation was when it was approved, and whatever else is approved in its slot meanwhile."""
    other, name, *later = names(12, prefix="slot1")
    await proven.mark(other)
    clock.tick(seconds=started * 86_400)
    await proven.mark(name)

    for one in later[:9]:
        clock.tick(seconds=10 * 86_400)
        await proven.mark(one)

    assert await proven.count(name) == 1


async def test_an_approval_renews_what_is_remembered(proven, clock):
    (name,) = names(1)
    for _ in range(10):
        await proven.mark(name)
        clock.tick(seconds=80 * 86_400)

    assert await proven.count(name) == 1


async def test_a_full_slot_forgets_its_oldest_numbers_and_no_others(proven):
    first, second, third = (names(26, seed=seed, prefix="slot1") for seed in (1, 2, 3))

    await proven.mark(*first, *second)
    assert await proven.count(*first, *second) == 52

    await proven.mark(*third)
    assert await proven.count(*second, *third) == 52
    assert await proven.count(*first) < 10


async def test_few_unknown_numbers_are_taken_for_proven_however_many_are_marked(proven):
    """Two full generations of one slot, which are as full as any becomes."""
    await proven.mark(*names(2_000, prefix="slot1"))

    assert await proven.count(*names(20_000, seed=2, prefix="slot1")) < 800  # one in 25


async def test_concurrent_approvals_are_all_remembered(container, proven, key):
    """Each writes a slot that others may share."""
    numbers = [f"+3161234{i:04}" for i in range(40)]
    codes = [await start_with_code(container, number) for number in numbers]

    await asyncio.gather(*(check(container, code, id=id) for id, code in codes))

    encryption = container.store.encryption
    assert await proven.count(*[encryption.name_number(number) for number in numbers], app="dev") == 40


async def test_a_test_number_is_not_remembered(make_container, redis, key):
    async with make_container(test_numbers=f"{PHONE}=424242@2099-12-31") as container:
        id, _ = await start_with_code(container, PHONE)
        await check(container, "424242", id=id)

    assert [name async for name in redis.scan_iter(f"{key('proven_numbers')}:*")] == []


async def test_the_memory_of_proven_numbers_stays_below_32_mb(clock, key):
    """All strings at their full size, on a Redis of its own; which numbers are marked makes no difference."""
    with run_redis_server() as url:
        redis = open_redis(url)
        before = (await redis.info("memory"))["used_memory"]
        proven = ProvenNumbers(redis, key, clock)
        await proven.mark(*names(90_000))  # twelve for each string
        strings = await redis.dbsize()
        after = (await redis.info("memory"))["used_memory"]
        await redis.aclose()

    assert 7_450 < strings <= 7_500
    assert (after - before) / strings * 7_500 < 32_000_000
