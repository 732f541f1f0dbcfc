"""`otp serve`, `otp worker`, `otp dev`: start, failed start and stop of the processes."""

import asyncio
import re
import socket

import pytest
from httpx import AsyncClient, ConnectError

from tests.support.ports import free_port
from tests.support.processes import otp as otp_process
from tests.support.processes import running
from tests.support.waiting import until


@pytest.fixture
def run(otp, folder):
    """Run a command that exits before it serves; `dev` runs in a subprocess, since it changes its environment."""

    async def run(*args, **settings):
        if args[0] == "dev":
            return await otp_process(*args, folder=folder, **{f"OTP_{name}": text for name, text in settings.items()})
        result = otp(*args, **settings)
        return result.exit_code, result.stdout, result.stderr

    return run


@pytest.mark.parametrize("args", [["serve"], ["worker"], ["dev", "--port", "1"]], ids=" ".join)
async def test_invalid_settings_stop_the_start_with_a_sentence(run, args):
    invalid = {"ENV": "development", "CODE_LIFETIME": "900", "GATEWAYS__SMSTOOLS__SENDER": "hunter2 #!"}

    code, stdout, stderr = await run(*args, **invalid)

    assert code == 2
    assert all(line.startswith("✗ OTP_") for line in stderr.splitlines())
    assert "OTP_CODE_LIFETIME: " in stderr
    assert "OTP_GATEWAYS__SMSTOOLS__SENDER: " in stderr
    assert "Traceback" not in stdout + stderr
    assert "hunter2" not in stdout + stderr


@pytest.mark.parametrize("command", ["serve", "dev"])
async def test_port_in_use_is_reported(run, command):
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        port = occupied.getsockname()[1]

        code, stdout, stderr = await run(command, "--port", str(port), ENV="development")

    assert code == 1
    assert re.fullmatch(
        rf"✗ Cannot listen on 127\.0\.0\.1, port {port}: address already in use\. Choose another: --port \d+",
        stderr.splitlines()[-1],
    )
    assert "Traceback" not in stdout + stderr


async def test_unknown_host_is_reported(run):
    code, _, stderr = await run("serve", "--host", "nowhere.invalid", ENV="development")

    assert code == 1
    assert stderr.startswith("✗ Cannot listen on nowhere.invalid")
    assert stderr.endswith(" Check --host.\n")


async def test_embedded_store_refuses_several_processes(run):
    for args in (["worker"], ["serve", "--processes", "2"]):
        code, _, stderr = await run(*args, ENV="development")

        assert (code, stderr.startswith("✗ ")) == (2, True)


async def test_several_processes_share_a_port_and_stop_together(tmp_path, engine_url, tag):
    port = free_port()
    settings = {"OTP_ENV": "development", "OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag}
    args = ["serve", "--port", str(port), "--processes", "2"]
    async with (
        running(*args, folder=tmp_path, name="api", **settings) as api,
        AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        await until(lambda: _is_live(client), within=90)
        assert await api.stop() == 0
    assert all(line["event"] for line in api.lines())


async def test_worker_stops_while_it_waits_for_redis(tmp_path):
    settings = {"OTP_ENV": "development", "OTP_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}
    async with running("worker", folder=tmp_path, name="worker", **settings) as worker:
        await until(lambda: "redis_unavailable" in worker.log_text(), within=90)
        assert await worker.stop() == 0


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_a_stop_during_the_start_is_no_failure(tmp_path, command):
    """The start waits here for a Redis that accepts the connection and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(0)
        settings = {"OTP_ENV": "development", "OTP_REDIS_URL": f"redis://127.0.0.1:{silent.getsockname()[1]}/0"}
        async with running(command, folder=tmp_path, name=command, **settings) as process:
            connection, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(silent), 90)
            with connection:
                assert await process.stop() == 0


async def test_dev_ignores_a_production_env_file(tmp_path):
    """After `otp init` in the same folder, `otp dev` must not connect to the production Redis."""
    (tmp_path / ".env").write_text("OTP_ENV=production\nOTP_REDIS_URL=redis://redis:6379/0\nOTP_BRAND=Acme\n")
    port = free_port()
    async with (
        running("dev", "--port", str(port), folder=tmp_path, name="dev") as dev,
        AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        await until(lambda: _is_live(client), within=90)
        assert await until(lambda: _is_ready(client))
        assert await dev.stop() == 0


async def _is_live(client):
    try:
        return (await client.get("/livez")).status_code == 200
    except ConnectError:  # not listening yet
        return False


async def _is_ready(client):
    return (await client.get("/readyz")).status_code == 200
