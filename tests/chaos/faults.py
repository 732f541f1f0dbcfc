"""The faults that several scenarios share: each begins, lasts for some seconds, ends, and is declared to the ledger."""

import time
from contextlib import suppress

from redis.exceptions import RedisError

from tests.chaos.fleet import kill, pause, resume
from tests.chaos.ledger import Interval
from tests.support.waiting import until

_START_S = 180.0  # beside much other work


async def kill_api_process(scenario):
    """Kill a process of `otp serve`, which starts another one; the others go on to serve."""
    fleet = scenario.fleet
    served = fleet.api_starts()
    async with scenario.fault():
        kill(scenario.chance.choice(fleet.api_children()))
        scenario.heal()
        await until(lambda: fleet.api_starts() > served, within=_START_S)


async def restart_api(scenario):
    """Kill the only API process; another one is started at once."""
    async with scenario.fault():
        await scenario.fleet.restart_api()
        scenario.heal()


async def pause_api_process(scenario, seconds):
    async with scenario.fault():
        pid = scenario.chance.choice(scenario.fleet.api_children())
        pause(pid)
        await scenario.wait(seconds)
        resume(pid)
        scenario.heal()


async def pause_worker(scenario, seconds):
    async with scenario.fault():
        pid = scenario.chance.choice(scenario.fleet.workers).process.pid
        pause(pid)
        await scenario.wait(seconds)
        resume(pid)


async def kill_worker(scenario):
    async with scenario.fault():
        await scenario.fleet.kill_worker(scenario.chance)


async def restart_redis(scenario, server, seconds, *, may_lose_s=0.0):
    """Kill Redis, and start it again after some seconds; it may lose the last `may_lose_s` before the kill."""
    async with scenario.fault():
        server.kill()
        killed = time.monotonic()
        scenario.ledger.may_lose += [Interval(killed - may_lose_s, killed)] if may_lose_s else []
        await scenario.wait(seconds)
        server.start()
        await until(server.is_up, within=_START_S)
        scenario.heal()


async def pause_redis(scenario, server, seconds):
    async with scenario.fault():
        server.pause()
        await scenario.wait(seconds)
        server.resume()
        scenario.heal()


async def refuse_writes(scenario, server, seconds, **options):
    """Set options of Redis for some seconds that make it refuse writes, such as `maxmemory="1mb"`."""
    names = [name.replace("_", "-") for name in options]
    before = {name: (await server.ask("CONFIG", "GET", name))[name.encode()] for name in names}
    async with scenario.fault():
        for name, value in zip(names, options.values(), strict=True):
            await server.ask("CONFIG", "SET", name, value)
        await until(lambda: _refuses(server), within=_START_S)
        await scenario.wait(seconds)
        for name, value in before.items():
            await server.ask("CONFIG", "SET", name, value)
        await until(lambda: _accepts(server), within=_START_S)
        scenario.heal()


async def fail_vendor(scenario, outage, seconds):
    """Let the first vendor fail in this way."""
    vendor = scenario.vendors[0]
    async with scenario.fault():
        await vendor.fail(outage)
        await scenario.wait(seconds)
        await vendor.work()
        scenario.heal()


async def _accepts(server):
    with suppress(RedisError):
        return await server.ask("SET", "probe", "1")


async def _refuses(server):
    return not await _accepts(server)
