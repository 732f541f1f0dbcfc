"""`otp serve --processes`: start, reload on SIGHUP, replacement of a failed process, and the end of the parent."""

import os
import signal
import subprocess
from contextlib import asynccontextmanager

import pytest
from httpx import AsyncClient, TransportError
from redis.asyncio import Redis

from tests.support.ports import free_port
from tests.support.processes import ROOT, otp, running
from tests.support.service import UNLIMITED
from tests.support.steady_load import SteadyLoad
from tests.support.waiting import until

LONG = 120  # seconds; a start takes 2 s, and 30 s beside much other work
BEFORE, AFTER = "http://127.0.0.1:1001", "http://127.0.0.1:1002"
# Python runs it first in each process; those of `otp serve --processes` end while the file exists.
FAIL_AT_START = """
import os, sys
if "--multiprocessing-fork" in sys.argv and os.path.exists("fail"):
    os._exit(5)
"""


@pytest.fixture
def settings(engine_url, tag, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(FAIL_AT_START)
    write_env(tmp_path, OTP_PUBLIC_URL=BEFORE, OTP_REDIS_URL=engine_url)
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    return {
        "OTP_ENV": "development",
        "OTP_REDIS_TAG": tag,
        "PYTHONPATH": path,
        **UNLIMITED,
    }


def write_env(folder, **values):
    """Change lines of `.env`."""
    file = folder / ".env"
    former = dict(line.split("=", 1) for line in file.read_text().splitlines()) if file.exists() else {}
    file.write_text("".join(f"{name}={value}\n" for name, value in (former | values).items()))


@pytest.fixture
async def worker(engine_url, key):
    """What a worker writes to report that it is alive."""
    async with Redis.from_url(engine_url) as redis:
        await redis.set(key("alive"), "worker", ex=600)
        yield


@asynccontextmanager
async def two_processes(folder, settings):
    port = free_port()
    args = ["serve", "--port", str(port), "--processes", "2"]
    async with (
        running(*args, folder=folder, name="api", **settings) as api,
        AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        await until(lambda: events(api, "processes_serving"), within=LONG)
        yield api, client, port


def events(api, name):
    return [line for line in api.log_text().splitlines() if f'"event":"{name}"' in line]


def serving(api, url):
    return [line for line in events(api, "serving") if url in line]


def children(api):
    """Return the process ids of the API processes, the oldest first."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    found = [line.split(maxsplit=2) for line in listed.splitlines() if "spawn_main" in line]
    return sorted(int(pid) for pid, parent, _ in found if int(parent) == api.process.pid)


async def failures(client):
    answer = await client.get("/readyz")
    names = [one["name"] for one in answer.json().get("failures", [])]
    assert answer.status_code == (503 if names else 200)
    return names


async def test_a_reload_loses_no_request_and_wrong_settings_change_nothing(tmp_path, settings, worker):
    """Processes end with their parent, or they would hold the port with settings that nothing changes any more."""
    async with two_processes(tmp_path, settings) as (api, client, port):
        former = children(api)
        async with SteadyLoad(port) as load:
            await until(lambda: load.answers[200] > 20, within=LONG)
            write_env(tmp_path, OTP_PUBLIC_URL=AFTER)
            api.process.send_signal(signal.SIGHUP)
            await until(lambda: events(api, "reloaded"), within=LONG)
            await until(lambda: not set(former) & set(children(api)), within=LONG)
        present = children(api)
        assert load.lost == []
        assert set(load.answers) == {200}
        assert (len(serving(api, BEFORE)), len(serving(api, AFTER))) == (2, 2)

        for wrong in (
            {"OTP_KEEP_ALIVE": 0},
            {"OTP_KEEP_ALIVE": 75, "OTP_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"},
        ):
            write_env(tmp_path, OTP_PUBLIC_URL=BEFORE, **wrong)
            seen = len(events(api, "reload_failed"))
            api.process.send_signal(signal.SIGHUP)
            await until(lambda seen=seen: len(events(api, "reload_failed")) > seen, within=LONG)
        refused = events(api, "settings_refused")
        assert "OTP_KEEP_ALIVE: " in refused[0]
        assert "Redis serves no writes: ECONNREFUSED" in refused[1]
        assert await until(lambda: failures(client)) == ["reload_failed"]
        assert children(api) == present

        api.process.kill()
        await until(lambda: is_refused(client), within=LONG)
        await until(lambda: not any(is_running(pid) for pid in present), within=LONG)
        assert len(events(api, "parent_process_ended")) == 2


@pytest.mark.long
async def test_a_stop_in_the_last_moment_of_a_reload_ends_the_new_processes_too(tmp_path, settings, worker):
    """It comes when all of them serve, and mostly before the parent has seen that."""
    async with two_processes(tmp_path, settings) as (api, _, _):
        write_env(tmp_path, OTP_PUBLIC_URL=AFTER)
        api.process.send_signal(signal.SIGHUP)
        await until(lambda: len(serving(api, AFTER)) == 2, within=LONG)
        all_processes = children(api)

        assert await api.stop() == 0

        assert not any(is_running(pid) for pid in all_processes)
        assert not events(api, "parent_process_ended")


@pytest.mark.long
async def test_a_process_that_does_not_come_up_leaves_all_with_the_same_settings(tmp_path, settings, worker):
    """Neither a reload nor the replacement of a killed process makes two processes with different settings."""
    async with two_processes(tmp_path, settings) as (api, client, _):
        former = children(api)
        write_env(tmp_path, OTP_PUBLIC_URL=AFTER)
        (tmp_path / "fail").touch()
        api.process.send_signal(signal.SIGHUP)
        await until(lambda: events(api, "reload_failed"), within=LONG)
        assert '"problem":"ended_at_start"' in events(api, "process_failed")[0]
        assert '"exit_code":5' in events(api, "process_failed")[0]
        assert await until(lambda: failures(client)) == ["reload_failed"]
        assert children(api) == former

        os.kill(former[0], signal.SIGKILL)
        await until(lambda: len(events(api, "process_failed")) > 2, within=LONG)
        assert '"exit_code":137' in events(api, "process_failed")[1]
        await until(lambda: has_failures(client, ["reload_failed", "process_missing"]), within=LONG)
        (tmp_path / "fail").unlink()
        await until(lambda: len(serving(api, BEFORE)) == 3, within=LONG)
        await until(lambda: has_failures(client, ["reload_failed"]), within=LONG)
        assert not serving(api, AFTER)

        api.process.send_signal(signal.SIGHUP)
        await until(lambda: len(serving(api, AFTER)) == 2, within=LONG)
        await until(lambda: has_failures(client, []), within=LONG)
        assert await api.stop() == 0


async def has_failures(client, names):
    return await failures(client) == names


async def is_refused(client):
    try:
        await client.get("/livez")
    except TransportError:
        return True
    return False


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_failed_start_ends_the_command(tmp_path, settings):
    (tmp_path / "fail").touch()

    code, _, stderr = await otp("serve", "--port", str(free_port()), "--processes", "2", folder=tmp_path, **settings)

    assert code == 1
    assert '"problem":"ended_at_start"' in stderr
    assert "processes_serving" not in stderr
