"""Runs a real Prometheus, from Debian's package `prometheus`, with the rules and intervals of deploy/monitoring."""

import asyncio
from contextlib import asynccontextmanager

import yaml
from httpx import AsyncClient, TransportError

from tests.support.monitoring import FOLDER, PROMETHEUS
from tests.support.ports import free_port
from tests.support.waiting import until


class Prometheus:
    """A running Prometheus, by its HTTP API."""

    def __init__(self, client):
        self._client = client

    async def query(self, expression):
        """Evaluate an expression now; return its samples. Raises `AssertionError` for one that Prometheus refuses."""
        answer = (await self._client.get("/api/v1/query", params={"query": expression})).json()
        assert answer["status"] == "success", answer
        return answer["data"]["result"]

    async def shows(self, expression):
        """Return whether it has a sample that is a number, and not the result of 0 / 0."""
        return any(sample["value"][1] != "NaN" for sample in await self.query(expression))

    async def alerts(self):
        """Return the alerts that are pending or fire, by name."""
        answer = (await self._client.get("/api/v1/alerts")).json()
        return {alert["labels"]["alertname"]: alert for alert in answer["data"]["alerts"]}

    async def is_firing(self, name):
        return (await self.alerts()).get(name, {}).get("state") == "firing"

    async def has_read(self, targets):
        """Return whether the last scrape of this many targets succeeded."""
        return len(await self.query("up == 1")) == targets

    async def is_ready(self):
        try:
            return (await self._client.get("/-/ready")).is_success
        except TransportError:  # it does not listen yet
            return False


@asynccontextmanager
async def run_prometheus(folder, targets):
    """Run it in a folder until the block ends; only the targets differ from the configuration that is shipped."""
    config = PROMETHEUS | {
        "rule_files": [str(FOLDER / file) for file in PROMETHEUS["rule_files"]],
        "scrape_configs": [{"job_name": "otp", "static_configs": [{"targets": targets}]}],
    }
    file, port = folder / "prometheus.yml", free_port()
    file.write_text(yaml.safe_dump(config))
    options = {
        "config.file": file,
        "storage.tsdb.path": folder / "data",
        "web.listen-address": f"127.0.0.1:{port}",
        "log.level": "warn",
    }
    with (folder / "prometheus.log").open("wb") as log:
        command = ["prometheus", *(f"--{name}={value}" for name, value in options.items())]
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            prometheus = Prometheus(client)
            await until(prometheus.is_ready, within=30)
            yield prometheus
    finally:
        process.terminate()
        await process.wait()
