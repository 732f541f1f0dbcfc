"""An API process that a test kills and starts again on the same port."""

import asyncio
import signal
import sys
import time
from contextlib import asynccontextmanager

import httpx

from tests.support.ports import free_port
from tests.support.processes import clean_environment
from tests.support.waiting import until

_START_S = 180  # on a busy machine


class KillableApi:
    """`otp serve` without a worker; `kills` are the times of its deaths."""

    def __init__(self, environment):
        self.kills = []
        self._environment, self._port = environment, free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    async def start(self):
        command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(self._port)]
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            *command, env=self._environment, stdout=quiet, stderr=quiet
        )
        async with httpx.AsyncClient() as client:
            await until(lambda: self._is_alive(client), within=_START_S)

    async def kill(self):
        """Kill it at once, and start it again."""
        self._process.send_signal(signal.SIGKILL)
        self.kills.append(time.monotonic())
        await self._process.wait()
        await self.start()

    async def stop(self):
        self._process.kill()
        await self._process.wait()

    async def _is_alive(self, client):
        assert self._process.returncode is None, "it did not start"
        try:
            return (await client.get(f"{self.url}/livez")).is_success
        except httpx.TransportError:
            return False


@asynccontextmanager
async def run_api(engine_url, tag, changes):
    """Run the API until the block ends."""
    options = {"env": "development", "redis_url": engine_url, "redis_tag": tag, "log_level": "error"} | changes
    api = KillableApi(clean_environment(**{f"OTP_{name.upper()}": str(value) for name, value in options.items()}))
    await api.start()
    try:
        yield api
    finally:
        await api.stop()
