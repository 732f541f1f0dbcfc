"""Alerts and dashboard on a real Prometheus that reads a running service: outages, and the panels' queries.

`pytest -m prometheus -o faulthandler_timeout=0 -rP -n 4` runs them; they need Debian's package `prometheus`.
"""

import asyncio
import json
import shutil
import subprocess
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from httpx import AsyncClient, TransportError

from app.domain.api_key import digest_key
from tests.support.api_calls import bearer
from tests.support.failing_vendors import FailingVendor, Failure
from tests.support.fake_vendor import Vendor
from tests.support.monitoring import FOLDER, QUERIES, as_grafana_sends
from tests.support.ports import free_port
from tests.support.processes import Running, running
from tests.support.prometheus import Prometheus, run_prometheus
from tests.support.redis_proxy import NO_REPLY
from tests.support.service import UNLIMITED
from tests.support.smstools import accounts
from tests.support.traffic import Traffic
from tests.support.waiting import until

pytestmark = pytest.mark.prometheus

UNIT_TESTS = Path(__file__).parent / "alerts.test.yml"
START_WITHIN_S = 90
WARM_UP_S = 40  # four scrapes, so that every rate has its samples
PAGE_WITHIN_S = 120
SILENCE_WITHIN_S = 300
RARE_REFUSALS_WITHIN_S = 420


@pytest.fixture(autouse=True)
def _requested(request):
    if request.config.option.markexpr != "prometheus":
        pytest.skip("runs for minutes: asked for with -m prometheus")
    if not shutil.which("promtool"):
        pytest.skip("Debian's package `prometheus` is not installed")


@dataclass(frozen=True)
class Signs:
    """How an outage shows itself: a part of a log line, of the worker's metrics, a query, and an alert."""

    line: str
    sample: str
    query: str
    alert: str


REST = Signs(
    '"gateway_rests"',
    'otp_gateway_resting{gateway="smstools"} 1.0',
    "otp_gateway_resting == 1",
    "OtpAllGatewaysRest",
)
REFUSAL = Signs(  # of the sender, which says nothing about other senders, so the gateway does not rest
    '"reason":"invalid_sender"',
    'reason="invalid_sender"',
    'otp_delivery_attempts_total{reason="invalid_sender"}',
    "OtpCountryWithoutSms",
)


class Stopwatch:
    """Measures after how many seconds each condition is met, `within` seconds at most."""

    def __init__(self, within):
        self._started = time.monotonic()
        self._within = within
        self._seconds = {}

    async def after(self, what, condition):
        """Wait until a condition is met."""
        await until(condition, within=self._within - self._elapsed())
        self._seconds[what] = self._elapsed()

    def _elapsed(self):
        return time.monotonic() - self._started

    def __str__(self):
        return ", ".join(f"{what} after {seconds:.0f} s" for what, seconds in self._seconds.items())


@dataclass
class Monitored:
    """The parts of a run."""

    prometheus: Prometheus
    vendor: FailingVendor
    traffic: Traffic
    worker: Running
    metrics: AsyncClient  # of the worker


@asynccontextmanager
async def monitored_service(folder, redis_url, tag, *, interval):
    """Run API, worker, vendor and Prometheus, with a person every `interval` seconds, until they are warmed up."""
    port, metrics_port = free_port(), free_port()
    async with FailingVendor() as vendor, Vendor() as backend:
        events = [{"url": backend.url, "types": ["verification.approved", "message.failed"]}]
        environment = {f"OTP_{name}": value for name, value in accounts(vendor.url).items()} | UNLIMITED
        environment |= {
            "OTP_ENV": "development",
            "OTP_REDIS_URL": redis_url,
            "OTP_REDIS_TAG": tag,
            "OTP_METRICS_PORT": str(metrics_port),
            "OTP_LIMIT_SENDS_PER_NUMBER": "1/h",
            "OTP_APPS": json.dumps({"shop": {"secret_keys": [digest_key("sk_shop")], "events": events}}),
        }
        async with (
            running("serve", "--port", str(port), folder=folder, name="api", **environment) as api,
            running("worker", folder=folder, name="worker", **environment) as worker,
            AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=bearer("sk_shop"), timeout=30) as client,
        ):
            ports = [await until(partial(served_port, process), within=START_WITHIN_S) for process in (api, worker)]
            await until(lambda: is_ready(client), within=START_WITHIN_S)
            async with (
                run_prometheus(folder, [f"127.0.0.1:{port}" for port in ports]) as prometheus,
                AsyncClient(base_url=f"http://127.0.0.1:{ports[1]}") as metrics,
                Traffic(client, vendor, interval=interval) as traffic,
            ):
                await until(lambda: prometheus.has_read(2), within=START_WITHIN_S)
                await asyncio.sleep(WARM_UP_S)
                yield Monitored(prometheus, vendor, traffic, worker, metrics)


def served_port(process):
    """Return the port on which a process shows its metrics, by its log."""
    return next((line["port"] for line in process.lines() if line["event"] == "metrics_served"), None)


async def is_ready(client):
    try:
        return (await client.get("/readyz")).is_success
    except TransportError:  # it does not listen yet
        return False


@pytest.mark.parametrize(
    "words", [["check", "rules", FOLDER / "alerts.yml"], ["check", "config", FOLDER / "prometheus.yml"]]
)
def test_promtool_accepts_the_files(words):
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_when_it_should():
    done = subprocess.run(["promtool", "test", "rules", UNIT_TESTS], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


async def test_each_panel_shows_data(tmp_path, redis_proxy, tag):
    """After a minute of traffic, in which Redis does not answer for some seconds and the vendor fails."""
    async with monitored_service(tmp_path, redis_proxy.url, tag, interval=0.5) as run:
        redis_proxy.canned_reply = NO_REPLY
        await asyncio.sleep(5)
        redis_proxy.canned_reply = None
        run.vendor.failure = Failure.RESTS
        await until(lambda: run.prometheus.query("otp_gateway_resting == 1"), within=60)
        run.vendor.failure = None
        await asyncio.sleep(WARM_UP_S)

        empty = [name for name, query in QUERIES.items() if not await run.prometheus.shows(as_grafana_sends(query))]

    assert empty == []


@pytest.mark.parametrize("interval", [0.5, 10], ids="a person every {} s".format)
@pytest.mark.parametrize("failure", Failure, ids=lambda failure: failure.value)
async def test_an_outage_of_the_only_vendor_pages(tmp_path, engine_url, tag, failure, interval):
    """Prints after how many seconds each sign of it was seen."""
    signs = REFUSAL if failure is Failure.REFUSES else REST
    within = PAGE_WITHIN_S if interval < 1 or signs is REST else RARE_REFUSALS_WITHIN_S
    async with monitored_service(tmp_path, engine_url, tag, interval=interval) as run:
        assert await run.prometheus.alerts() == {}
        run.vendor.failure = failure
        seen = Stopwatch(within)
        await seen.after("log line", lambda: signs.line in run.worker.log_text())
        await seen.after("metric", lambda: shows(run.metrics, signs.sample))
        await seen.after("Prometheus", lambda: run.prometheus.query(signs.query))
        await seen.after(signs.alert, lambda: run.prometheus.is_firing(signs.alert))
        alert = (await run.prometheus.alerts())[signs.alert]

    print(f"{failure.value}, a person every {interval} s: {seen}")  # noqa: T201  it is asked for
    assert alert["labels"]["severity"] == "page"
    assert "`otp gateways check`" in alert["annotations"]["runbook"]


async def shows(metrics, sample):
    return sample in (await metrics.get("/metrics")).text


async def test_a_vendor_that_delivers_nothing_pages(tmp_path, engine_url, tag):
    """It goes on to accept SMS, so no call fails."""
    async with monitored_service(tmp_path, engine_url, tag, interval=0.5) as run:
        run.traffic.reports = False
        seen = Stopwatch(SILENCE_WITHIN_S)
        await seen.after("OtpNothingDelivered", lambda: run.prometheus.is_firing("OtpNothingDelivered"))
        alerts = await run.prometheus.alerts()

    print(f"accepts and delivers nothing: {seen}")  # noqa: T201  it is asked for
    assert alerts["OtpNothingDelivered"]["annotations"]["summary"].startswith("The gateway smstools accepts SMS")


async def test_a_dead_worker_pages(tmp_path, engine_url, tag):
    async with monitored_service(tmp_path, engine_url, tag, interval=0.5) as run:
        run.worker.process.kill()
        seen = Stopwatch(PAGE_WITHIN_S)
        await seen.after("OtpNoWorker", lambda: run.prometheus.is_firing("OtpNoWorker"))

    print(f"the only worker dies: {seen}")  # noqa: T201  it is asked for


async def test_a_redis_that_does_not_answer_pages(tmp_path, redis_proxy, tag):
    async with monitored_service(tmp_path, redis_proxy.url, tag, interval=0.5) as run:
        redis_proxy.canned_reply = NO_REPLY
        seen = Stopwatch(PAGE_WITHIN_S)
        await seen.after("OtpServerErrors", lambda: run.prometheus.is_firing("OtpServerErrors"))
        await seen.after("OtpRedisErrors", lambda: run.prometheus.is_firing("OtpRedisErrors"))

    print(f"Redis does not answer: {seen}")  # noqa: T201  it is asked for
