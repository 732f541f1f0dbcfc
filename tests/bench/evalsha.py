"""Scripts per second that Redis runs on its own, measured by redis-benchmark."""

import asyncio
import csv
import shutil
from urllib.parse import urlsplit

from redis.asyncio import Redis

from tests.bench.bare import SCRIPT
from tests.bench.results import Measurement

ROUNDS, CALLS, AT_ONCE = 5, 20_000, 16
_PROGRAMS = ("valkey-benchmark", "redis-benchmark")


async def measure(engine_url):
    """Measure the script of the bare routes; print a note and return nothing if redis-benchmark is missing."""
    program = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    if program is None:
        print("· redis-benchmark's EVALSHA rate: not measured, because redis-benchmark is not installed", flush=True)  # noqa: T201  a benchmark reports what it skips
        return []
    async with Redis.from_url(engine_url) as redis:
        sha = await redis.script_load(SCRIPT)
    rates = [await _rate(program, engine_url, sha) for _ in range(ROUNDS)]
    return [Measurement(f"EVALSHA of the bare script, by redis-benchmark on {AT_ONCE} connections", "/s", rates)]


async def _rate(program, engine_url, sha):
    url = urlsplit(engine_url)
    server = ("-h", url.hostname, "-p", str(url.port))
    load = ("-n", str(CALLS), "-c", str(AT_ONCE), "-r", "1000000", "--csv")
    keys = ("{bare}:__rand_int__", "{bare}:asked:__rand_int__", "{bare}:queue")
    script = ("evalsha", sha, str(len(keys)), *keys, "+31600000000")
    process = await asyncio.create_subprocess_exec(program, *server, *load, *script, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, "redis-benchmark did not run"
    (row,) = csv.DictReader(output.decode().splitlines())
    return float(row["rps"])
