"""Worker processes that a test kills; a killed one is replaced at once."""

import asyncio
import signal
import sys
import time
from contextlib import asynccontextmanager

from tests.support.processes import clean_environment

WORKERS = 2


def gateway_settings(vendor):
    """Return the settings of one gateway, whose vendor is on loopback."""
    return {
        "gateways__smstools__url": vendor.url,
        "gateways__smstools__client_id": "id",
        "gateways__smstools__client_secret": "secret",
        "gateways__smstools__sender": "Test",
        "gateways__smstools__report_token": "t" * 22,
    }


class WorkerPool:
    """Worker processes of this test; a killed worker is replaced at once."""

    def __init__(self, environment, log):
        self.done = asyncio.Event()
        self.kills = []
        self._environment = environment
        self._log = log
        self._processes = []

    async def start_worker(self):
        command = [sys.executable, "-c", "from app.cli import main; main()", "worker"]
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *command, env=self._environment, stdout=quiet, stderr=self._log or quiet
        )
        self._processes.append(process)

    async def kill_one(self):
        process = self._processes.pop(0)
        process.send_signal(signal.SIGKILL)
        self.kills.append(time.monotonic())
        await process.wait()
        await self.start_worker()

    async def stop_all(self):
        for process in self._processes:
            process.terminate()
        return [await asyncio.wait_for(process.wait(), 10) for process in self._processes]


@asynccontextmanager
async def run_workers(engine_url, tag, changes, *, log=None):
    """Run workers until the block ends, with their logs in an open file. The newest may exit by SIGTERM: it starts."""
    options = {"env": "development", "redis_url": engine_url, "redis_tag": tag, "log_level": "error"} | changes
    pool = WorkerPool(clean_environment(**{f"OTP_{name.upper()}": value for name, value in options.items()}), log)
    for _ in range(WORKERS):
        await pool.start_worker()
    try:
        yield pool
    finally:
        codes = await pool.stop_all()
    assert set(codes) <= {0, -signal.SIGTERM}
