"""`otp serve`, `otp worker`, `otp dev`: how processes begin and end."""

import socket

import pytest
from httpx import AsyncClient, ConnectError

from tests.support.ports import free_port
from tests.support.processes import otp as otp_process
from tests.support.processes import running
from tests.support.waiting import until


@pytest.fixture
def run(otp, folder):
    """Run a command that ends before it serves: `dev`, which changes its environment, in a process of its own."""

    async def run(*words, **settings):
        if words[0] == "dev":
            return await otp_process(*words, folder=folder, **{f"OTP_{name}": text for name, text in settings.items()})
        answer = otp(*words, **settings)
        return answer.exit_code, answer.stdout, answer.stderr

    return run


@pytest.mark.parametrize("words", [["serve"], ["worker"], ["dev", "--port", "1"]], ids=" ".join)
async def test_a_wrong_setting_ends_the_start_with_a_sentence(run, words):
    wrong = {"ENV": "development", "CODE_LIFETIME": "900", "GATEWAYS__SMSTOOLS__SENDER": "hunter2 #!"}

    code, said, complained = await run(*words, **wrong)

    assert code == 2
    assert all(line.startswith("✗ OTP_") for line in complained.splitlines())
    assert "OTP_CODE_LIFETIME: " in complained
    assert "OTP_GATEWAYS__SMSTOOLS__SENDER: " in complained
    assert "Traceback" not in said + complained
    assert "hunter2" not in said + complained


@pytest.mark.parametrize("command", ["serve", "dev"])
async def test_a_port_that_is_taken_is_said(run, command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, said, complained = await run(command, "--port", str(port), ENV="development")

    assert code == 1
    assert complained.splitlines()[-1].startswith(f"✗ Cannot listen on 127.0.0.1, port {port}: ")
    assert "Traceback" not in said + complained


async def test_a_host_that_is_not_there_is_said(run):
    code, _, complained = await run("serve", "--host", "nowhere.invalid", ENV="development")

    assert code == 1
    assert complained.startswith("✗ Cannot listen on nowhere.invalid")


async def test_the_embedded_store_cannot_be_shared(run):
    for words in (["worker"], ["serve", "--processes", "2"]):
        code, _, complained = await run(*words, ENV="development")

        assert (code, complained.startswith("✗ ")) == (2, True)


async def test_several_processes_share_a_port_and_end_together(tmp_path, engine_url, tag):
    port = free_port()
    settings = {"OTP_ENV": "development", "OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag}
    words = ["serve", "--port", str(port), "--processes", "2"]
    async with (
        running(*words, folder=tmp_path, name="api", **settings) as api,
        AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        await until(lambda: _lives(client), within=30)
        assert await api.stop() == 0
    assert all(line["event"] for line in api.lines())


async def test_a_worker_that_waits_for_redis_can_be_stopped(tmp_path):
    settings = {"OTP_ENV": "development", "OTP_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}
    async with running("worker", folder=tmp_path, name="worker", **settings) as worker:
        await until(lambda: "redis_away" in worker.said(), within=20)
        assert await worker.stop() == 0


async def test_a_developer_beside_a_production_file_still_gets_a_phone(tmp_path):
    """`otp init` in the same folder must not turn `otp dev` to a Redis that is not there."""
    (tmp_path / ".env").write_text("OTP_ENV=production\nOTP_REDIS_URL=redis://redis:6379/0\nOTP_BRAND=Acme\n")
    port = free_port()
    async with (
        running("dev", "--port", str(port), folder=tmp_path, name="dev") as dev,
        AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        await until(lambda: _lives(client), within=30)
        assert await until(lambda: _is_ready(client))
        assert await dev.stop() == 0


async def _lives(client):
    try:
        return (await client.get("/livez")).status_code == 200
    except ConnectError:  # it does not listen yet
        return False


async def _is_ready(client):
    return (await client.get("/readyz")).status_code == 200
