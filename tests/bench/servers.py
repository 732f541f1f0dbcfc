"""The compared servers, each in its own process, and the processor time of a measured block."""

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
from tests.support.processes import ROOT, clean_environment
from tests.support.waiting import until

TAGS = {"ours": "{ours}", "before": "{before}"}
BEFORE = os.environ.get("BEFORE")  # folder of another revision to measure beside this one
BASELINES = ("fastapi", "starlette")


@dataclass
class ResourceUse:
    """Elapsed seconds, and seconds of processor time of the server, of Redis and of the client."""

    seconds: float = 0
    server: float = 0
    redis: float = 0
    client: float = 0


@dataclass(frozen=True)
class Server:
    """A server: its port, its process id and its Redis."""

    port: int
    pid: int
    redis: Redis

    @asynccontextmanager
    async def metered(self):
        """Measure a block; the yielded object is filled in when the block ends."""
        before = await self._now()
        usage = ResourceUse()
        yield usage
        after = await self._now()
        usage.seconds, usage.server, usage.redis, usage.client = (
            late - early for early, late in zip(before, after, strict=True)
        )

    async def _now(self):
        return time.perf_counter(), processor_time(self.pid), await redis_time(self.redis), time.process_time()


async def redis_time(redis):
    """Return the seconds of processor time of Redis."""
    cpu = await redis.info("cpu")
    return cpu["used_cpu_sys"] + cpu["used_cpu_user"]


async def open_servers(stack, engine_url, redis, settings):
    """Run the service, the revision in BEFORE if set, and the baselines until the stack ends; return them by name."""
    roots = {"ours": ROOT} | ({"before": BEFORE} if BEFORE else {})
    servers = {}
    for name, root in roots.items():
        service = api(engine_url, TAGS[name], settings, PYTHONPATH=str(root))
        port, process = await stack.enter_async_context(service)
        servers[name] = Server(port, process.process.pid, redis)
    for name in BASELINES:
        servers[name] = await stack.enter_async_context(bare(name, engine_url, redis))
    return servers


@asynccontextmanager
async def bare(name, engine_url, redis):
    """Run one of the baselines until the block ends."""
    port = free_port()
    arguments = (sys.executable, "-m", "tests.bench.bare", name, str(port), engine_url)
    process = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, env=clean_environment())
    try:
        await until(lambda: _is_listening(port))
        yield Server(port, process.pid, redis)
    finally:
        process.kill()
        await process.wait()


async def _is_listening(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True


def processor_time(pid):
    """Return the seconds of processor time of a process; 0 if not on Linux."""
    path = Path(f"/proc/{pid}/stat")
    if not path.exists():
        return 0.0
    user, system = path.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
