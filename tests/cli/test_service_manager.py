"""What systemd and a health check learn from a process: that it works, and each second that it is alive."""

import socket

import pytest

from tests.support.ports import free_port
from tests.support.processes import otp, running
from tests.support.waiting import until

LONG = 90  # seconds; a start takes 2 s, and 30 s beside much other work


@pytest.fixture
def settings(engine_url, tag):
    return {"OTP_ENV": "development", "OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag}


@pytest.mark.parametrize("command", ["serve", pytest.param("worker", marks=pytest.mark.long)])
async def test_a_process_notifies_systemd_once_it_works_and_while_it_is_alive(tmp_path, settings, command):
    words = ["serve", "--port", str(free_port())] if command == "serve" else ["worker"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)  # noqa: FBT003  the name of the argument is `flag`
        settings["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        async with running(*words, folder=tmp_path, name=command, **settings) as process:
            await until(lambda: _received(manager, "READY=1"), within=LONG)
            assert ("serving" if command == "serve" else "worker_started") in process.log_text()
            await until(lambda: _received(manager, "WATCHDOG=1"), within=LONG)
            assert await process.stop() == 0
            assert command == "worker" or _received(manager, "STOPPING=1")


def _received(manager, state):
    """Read what waits, and return whether the state is in it."""
    try:
        while manager.recv(1024).decode() != state:
            pass
    except BlockingIOError:
        return False
    return True


async def test_a_worker_touches_its_heartbeat_while_redis_takes_it(tmp_path, settings):
    """The file of a former worker says nothing about this one."""
    file = tmp_path / "alive"
    file.touch()
    async with running("worker", "--heartbeat", str(file), folder=tmp_path, name="worker", **settings) as worker:
        await until(lambda: "worker_started" in worker.log_text(), within=LONG)
        first = await until(lambda: file.exists() and file.stat().st_mtime, within=LONG)
        await until(lambda: file.stat().st_mtime > first, within=LONG)
        assert await worker.stop() == 0


async def test_a_heartbeat_that_cannot_be_written_stops_the_start(tmp_path, settings):
    file = tmp_path / "missing" / "alive"

    code, _, stderr = await otp("worker", "--heartbeat", str(file), folder=tmp_path, **settings)

    assert code == 1
    assert f"✗ Cannot write the heartbeat to {file}: no such file or directory." in stderr
