"""The service as real processes: `otp serve` with several processes, and workers, that a scenario kills and pauses."""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx

from tests.support.ports import free_port
from tests.support.processes import running
from tests.support.waiting import until

_START_S = 180.0  # beside much other work
_STOP_S = 60.0


class Fleet:
    """API processes behind one port, and workers; stops them all when its block ends."""

    def __init__(self, folder, settings, *, processes=1, workers=2):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers = []
        self._folder, self._settings = folder, settings
        self._processes, self._count = processes, workers
        self._started = 0
        self._children = set()

    async def __aenter__(self):
        self._stack = AsyncExitStack()
        self._stack.callback(self._kill_children)
        try:
            await self._start_api("api")
            for _ in range(self._count):
                await self.start_worker()
            await until(self.is_ready, within=_START_S)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *exc):
        processes = [self.api, *self.workers]
        for pid in [*self.api_children(), *(one.process.pid for one in processes)]:
            resume(pid)
        try:
            exits = await asyncio.gather(*(_stop(one) for one in processes))
        finally:
            await self._stack.aclose()
        if exc[0] is None:
            assert set(exits) <= {0, -signal.SIGTERM}, exits  # the newest worker may still have been starting

    async def is_ready(self):
        self.api_children()
        async with httpx.AsyncClient(timeout=5) as client:
            try:
                return (await client.get(f"{self.url}/readyz")).is_success
            except httpx.TransportError:
                return False

    def api_children(self):
        """Return the ids of the processes that serve requests: the children of `otp serve`."""
        pid = self.api.process.pid
        children = _read(f"/proc/{pid}/task/{pid}/children").split()
        found = [int(child) for child in children if _is_api_process(child)]
        self._children.update(found)
        return found

    def api_starts(self):
        """Count the processes that have served so far; one that only starts is not among them."""
        return self.api.log_text().count('"event":"serving"')

    def _kill_children(self):
        """Kill the processes that a killed `otp serve` left."""
        for child in self._children:
            if _is_api_process(child):
                with suppress(ProcessLookupError):
                    kill(child)

    async def _start_api(self, name):
        serve = ["serve", "--port", str(self.port), "--processes", str(self._processes)]
        self.api = await self._run(*serve, name=name)

    async def restart_api(self):
        """Kill `otp serve`, and start it again, as a supervisor does; return once it serves."""
        self.api.process.send_signal(signal.SIGKILL)
        await self.api.process.wait()
        self._started += 1
        await self._start_api(f"api-{self._started}")
        await until(self.api_starts, within=_START_S)

    async def start_worker(self):
        self.workers.append(await self._run("worker", name=f"worker-{self._started}"))
        self._started += 1

    async def kill_worker(self, chance):
        """Kill a worker, and start another one, as a supervisor does; return once that takes jobs."""
        worker = self.workers.pop(chance.randrange(len(self.workers)))
        worker.process.send_signal(signal.SIGKILL)
        await worker.process.wait()
        await self.start_worker()
        await self._newest_takes_jobs()

    async def _newest_takes_jobs(self):
        await until(lambda: "worker_started" in self.workers[-1].log_text(), within=_START_S)

    async def restart_worker(self):
        """Start a worker, and stop the oldest one once it takes jobs, as an upgrade does; return its exit code."""
        await self.start_worker()
        await self._newest_takes_jobs()
        return await _stop(self.workers.pop(0))

    def read_bugs(self):
        """Return the lines of unexpected exceptions in the logs of all processes."""
        lines = [line for path in sorted(Path(self._folder).glob("*.log")) for line in path.read_text().splitlines()]
        return [line for line in lines if '"bug"' in line or line.startswith("Traceback")]

    async def _run(self, *command, name):
        process = running(*command, folder=self._folder, name=name, **self._settings)
        return await self._stack.enter_async_context(process)


async def _stop(one):
    one.process.send_signal(signal.SIGTERM)
    return await asyncio.wait_for(one.process.wait(), _STOP_S)


def pause(pid):
    os.kill(pid, signal.SIGSTOP)


def resume(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def kill(pid):
    os.kill(pid, signal.SIGKILL)


def _is_api_process(pid):
    command = _read(f"/proc/{pid}/cmdline")
    return command.startswith(sys.executable) and "spawn_main" in command


def _read(path):
    """Return the text of a file of a process, "" once the process has ended."""
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
