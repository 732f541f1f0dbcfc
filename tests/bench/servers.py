"""The servers that are compared, each a process of its own, and what a measured stretch cost whom."""

import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from tests.bench.service import api
from tests.support.ports import free_port
from tests.support.processes import ROOT, surroundings
from tests.support.waiting import until

TAGS = {"ours": "{ours}", "before": "{before}"}
BEFORE = os.environ.get("BEFORE")  # the folder of another revision, to be measured beside this one
FLOORS = ("fastapi", "starlette")


@dataclass
class Spent:
    """Seconds of the clock, and of processors: the server's, Redis', and that of whoever asked."""

    seconds: float = 0
    server: float = 0
    redis: float = 0
    asking: float = 0


@dataclass(frozen=True)
class Server:
    """One of them: where it listens, its process, and its Redis."""

    port: int
    pid: int
    redis: Redis

    @asynccontextmanager
    async def metered(self):
        """Measure a block; what it gives is filled in when the block ends."""
        before = await self._now()
        spent = Spent()
        yield spent
        after = await self._now()
        spent.seconds, spent.server, spent.redis, spent.asking = (
            late - early for early, late in zip(before, after, strict=True)
        )

    async def _now(self):
        cpu = await self.redis.info("cpu")
        redis = cpu["used_cpu_sys"] + cpu["used_cpu_user"]
        return time.perf_counter(), _processor_time(self.pid), redis, time.process_time()


async def open_servers(stack, engine_url, redis, settings):
    """Start ours, the revision in BEFORE if one is named, and the floors, until the stack ends; gives them by name."""
    roots = {"ours": ROOT} | ({"before": BEFORE} if BEFORE else {})
    servers = {}
    for name, root in roots.items():
        service = api(engine_url, TAGS[name], settings, PYTHONPATH=str(root))
        port, process = await stack.enter_async_context(service)
        servers[name] = Server(port, process.process.pid, redis)
    for name in FLOORS:
        port, pid = await stack.enter_async_context(_bare(name, engine_url))
        servers[name] = Server(port, pid, redis)
    return servers


@asynccontextmanager
async def _bare(name, engine_url):
    port = free_port()
    words = (sys.executable, "-m", "tests.bench.bare", name, str(port), engine_url)
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=surroundings())
    try:
        await until(lambda: _listens(port))
        yield port, process.pid
    finally:
        process.kill()
        await process.wait()


async def _listens(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True


def _processor_time(pid):
    """Read the seconds of processor time of a process; only Linux tells."""
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():
        return 0.0
    user, system = path.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
