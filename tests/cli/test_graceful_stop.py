"""A stop of `otp serve` answers every request that has reached the host; Ctrl-C waits for no idle connection."""

import asyncio
import signal
import socket
from contextlib import AsyncExitStack

import pytest

from tests.support.ports import free_port
from tests.support.processes import running
from tests.support.service import UNLIMITED
from tests.support.steady_load import SteadyLoad, read_answer, send_request
from tests.support.waiting import until


@pytest.fixture
def settings(engine_url, tag):
    return {"OTP_ENV": "development", "OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag, **UNLIMITED}


async def connect(port):
    """Connect to a process that may be starting."""

    async def attempt():
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return None

    return await until(attempt, within=90)


async def test_a_stop_answers_connections_that_wait_to_be_accepted_and_those_that_were_idle(tmp_path, settings):
    """The process is suspended while they arrive, so that it finds them together with the signal to stop."""
    port = free_port()
    async with running("serve", "--port", str(port), folder=tmp_path, name="api", **settings) as api:
        idle = await connect(port)
        await send_request(idle[1])
        assert await read_answer(idle[0]) == (200, True)
        api.process.send_signal(signal.SIGSTOP)
        queued = [await connect(port) for _ in range(20)]  # accepted by the kernel only
        for _, writer in queued:
            await send_request(writer)
        api.process.send_signal(signal.SIGTERM)
        api.process.send_signal(signal.SIGCONT)

        assert [(await read_answer(reader))[0] for reader, _ in queued] == [200] * 20
        await until(lambda: is_refused(port))
        await send_request(idle[1])
        assert await read_answer(idle[0]) == (200, False)
        for _, writer in [idle, *queued]:
            writer.close()
        assert await api.stop() == 0


async def is_refused(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def test_ctrl_c_closes_idle_connections(tmp_path, settings):
    port = free_port()
    async with running("serve", "--port", str(port), folder=tmp_path, name="api", **settings) as api:
        reader, writer = await connect(port)
        await send_request(writer)
        await read_answer(reader)
        api.process.send_signal(signal.SIGINT)

        assert await reader.read() == b""
        writer.close()
        assert await api.process.wait() == 0


@pytest.mark.parametrize(
    "way", [pytest.param("two ports behind a proxy", marks=pytest.mark.long), "an inherited socket"]
)
async def test_one_process_restarts_after_the_other_without_a_lost_request(tmp_path, settings, way):
    """The inherited socket is systemd's: two units share it, and each leaves what waits in its queue to the other."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        if way == "an inherited socket":
            ports = [listener.getsockname()[1]]
            starts = [{"args": [], "listener": listener}] * 2
        else:
            ports = [free_port(), free_port()]
            starts = [{"args": ["--port", str(port)]} for port in ports]
        async with AsyncExitStack() as stack:

            async def start(place, name):
                options = dict(starts[place])
                process = running("serve", *options.pop("args"), folder=tmp_path, name=name, **options, **settings)
                api = await stack.enter_async_context(process)
                await until(lambda: '"serving"' in api.log_text(), within=90)
                return api

            former = [await start(0, "first"), await start(1, "second")]
            async with SteadyLoad(*ports) as load:
                await until(lambda: load.answers[200] > 50, within=90)
                for place, process in enumerate(former):
                    assert await process.stop() == 0
                    await start(place, f"next-{place}")
                    seen = load.answers[200]
                    await until(lambda seen=seen: load.answers[200] > seen + 50, within=90)

    assert load.lost == []
    assert set(load.answers) == {200}
