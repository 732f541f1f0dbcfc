"""How many scripts a second Redis runs by itself: redis-benchmark's rate, with nobody in between."""

import asyncio
import csv
import shutil
from urllib.parse import urlsplit

from redis.asyncio import Redis

from tests.bench.bare import SCRIPT
from tests.bench.results import Found

ROUNDS, CALLS, AT_ONCE = 5, 20_000, 16
_PROGRAMS = ("valkey-benchmark", "redis-benchmark")


async def measure(engine_url):
    """Run the script of the bare routes; gives nothing, and says so, where there is no program for it."""
    program = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    if program is None:
        print("· redis-benchmark's EVALSHA rate: not measured, for there is no redis-benchmark", flush=True)  # noqa: T201  a benchmark says what it leaves out
        return []
    async with Redis.from_url(engine_url) as redis:
        sha = await redis.script_load(SCRIPT)
    rates = [await _rate(program, engine_url, sha) for _ in range(ROUNDS)]
    return [Found(f"EVALSHA of the bare script, by redis-benchmark on {AT_ONCE} connections", "/s", rates)]


async def _rate(program, engine_url, sha):
    place = urlsplit(engine_url)
    where = ("-h", place.hostname, "-p", str(place.port))
    load = ("-n", str(CALLS), "-c", str(AT_ONCE), "-r", "1000000", "--csv")
    keys = ("{bare}:__rand_int__", "{bare}:asked:__rand_int__", "{bare}:queue")
    script = ("evalsha", sha, str(len(keys)), *keys, "+31600000000")
    process = await asyncio.create_subprocess_exec(program, *where, *load, *script, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0, "redis-benchmark did not run"
    (told,) = csv.DictReader(said.decode().splitlines())
    return float(told["rps"])
