"""guard_table: the statistics of blocks stay within their bounds, however many blocks there are."""

import random
import string

import pytest

from app.store.connection import open_redis
from app.store.scripts import read_script
from tests.support.redis_server import run_redis_server
from tests.support.stores import on_the_engine

BASE64URL = string.ascii_letters + string.digits + "-_"
NOW = 1_767_571_200_000
MIB = 2**20
# Charge one send to each block, as `guard_charge` writes it; the figures are those of a busy block.
CHARGE = """
for i = 2, #ARGV do
  local guard = open_guard(KEYS[1], { app = 'shop', country = 'NL', block = ARGV[i], range = 'r' }, tonumber(ARGV[1]))
  local block = guard.of_block
  block.debt, block.raw, block.people, block.untyped = block.debt + 1.37, block.raw + 12.37, block.people + 8.42, 3.14
  block.ends, block.stops, block.blocks, block.challenges, block.why = guard.seconds + 3600, 2, 12, 12, 1
  block.block_quiet, block.challenge_quiet = guard.seconds + 3600, guard.seconds + 3600
  write_guard_block(guard)
end
return 0"""
MORE_THAN_FIT = 400_000
"""Blocks: three times as many as are stored. Ten million numbers are in a thousand blocks at least."""


async def charge(redis, prefix, count, *, seed=1):
    chance = random.Random(seed)  # noqa: S311  names of a test
    text = f"{read_script('guard_judge')}\n{CHARGE}"
    for _ in range(count // 1000):
        names = ["".join(chance.choices(BASE64URL, k=12)) for _ in range(1000)]
        await redis.eval(text, 1, prefix, NOW, *names)


@on_the_engine
async def test_a_full_hash_drops_one_block_for_each_new_one(redis, key):
    """All names begin with the same two characters, so that all blocks share a hash."""
    text = f"{read_script('guard_judge')}\n{CHARGE}"
    names = [f"ab{n:010d}" for n in range(200)]

    await redis.eval(text, 1, key(""), NOW, *names)

    assert await redis.hlen(key("guard_blocks", "ab")) == 32
    assert await redis.object("encoding", key("guard_blocks", "ab")) == b"listpack"


@pytest.mark.parametrize(("changes", "values"), [("", 5), ("block.challenges = 1", 12), ("block.stops = 1", 12)])
async def test_a_row_is_read_as_it_was_written(redis, changes, values):
    """What most blocks do not have is not stored; a debt may be below zero."""
    script = f"""{read_script("guard_judge")}
      local block = read_guard_row('block', nil, 1767571200)
      block.debt, block.raw = -1.37, 12.376
      {changes}
      local line = format_guard_row(block)
      local again = read_guard_row('block', line, 1767571200)
      return {{ line, string.format('%.2f %.2f', again.debt, again.raw), again.stops, again.challenges }}"""
    line, sums, stops, challenges = await redis.eval(script, 0)

    assert len(line.split(b",")) == values
    assert sums == b"-1.37 12.38"
    assert (stops, challenges) == ("stops" in changes, "challenges" in changes)


@pytest.mark.long
async def test_the_statistics_take_some_megabytes_whatever_comes():
    with run_redis_server() as url:
        redis = open_redis(url)
        before = (await redis.info("memory"))["used_memory_dataset"]
        await charge(redis, "{otp}:", MORE_THAN_FIT)
        after = (await redis.info("memory"))["used_memory_dataset"]
        count = await redis.dbsize()
        await redis.aclose()

    assert count == 4096
    assert (after - before) / MIB <= 12
