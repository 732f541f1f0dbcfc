"""Development services are found by their sockets: several, stopped, killed, suspended, and folders of other users."""

import asyncio
import json
import os
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from fakeredis import FakeServer
from redis.asyncio import Redis

from app.cli.dev_services import DevService, FoundService, find_dev_services, socket_folder
from app.cli.dev_socket import serve_to_commands
from tests.support.builders import PHONE
from tests.support.ports import free_port
from tests.support.processes import otp as otp_process
from tests.support.processes import running, runtime_folder
from tests.support.waiting import until

PRIVATE, PUBLIC = 0o700, 0o755


@pytest.fixture
def environ(runtime):
    """The environment of two shells of one user."""
    return {"XDG_RUNTIME_DIR": runtime}


@pytest.fixture
async def serve(environ, folder):
    """Serve development services on these ports until the test ends; the brand of each is its port."""
    async with AsyncExitStack() as stack:

        async def start(*ports, store=None, **settings):
            for port in ports:
                url = f"http://127.0.0.1:{port}"
                own = {"OTP_ENV": "development", "OTP_PUBLIC_URL": url, "OTP_BRAND": str(port)}
                own |= {f"OTP_{name}": value for name, value in settings.items()}
                service = DevService(url=url, port=port, folder=str(folder), settings=own)
                assert await stack.enter_async_context(serve_to_commands(service, store or FakeServer(), environ))

        yield start


async def find(environ):
    return await asyncio.to_thread(find_dev_services, environ)


async def test_running_service_is_found_with_its_settings(serve, environ):
    await serve(8000)

    (found,), silent = await find(environ)

    assert (found.service.url, found.service.settings["OTP_BRAND"], silent) == ("http://127.0.0.1:8000", "8000", 0)


async def test_stopped_service_leaves_nothing(environ):
    service = DevService(url="http://127.0.0.1:8000", port=8000, folder="/", settings={})
    async with serve_to_commands(service, FakeServer(), environ):
        pass

    assert list(socket_folder(environ).iterdir()) == []


async def test_settings_are_in_no_file_and_in_no_repr(serve, environ):
    """They may hold the keys of a vendor's account, and a killed service cannot erase a file."""
    await serve(8000, GATEWAYS__SMSTOOLS__CLIENT_SECRET="hunter2")

    (found,), _ = await find(environ)

    assert found.service.settings["OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET"] == "hunter2"
    assert "hunter2" not in repr(found)
    assert [path.is_socket() for path in socket_folder(environ).iterdir()] == [True]


async def test_folder_and_socket_are_the_owners_alone(serve, environ):
    await serve(8000)

    (path,) = socket_folder(environ).iterdir()
    assert [oct(entry.stat().st_mode & 0o777) for entry in (path.parent, path)] == ["0o700", "0o600"]


async def test_one_of_several_services_is_chosen_by_port_or_by_a_setting(serve, otp_in_thread, runtime):
    await serve(8000, 8001)

    undecided = await otp_in_thread("text", "preview")
    assert (undecided.exit_code, undecided.stdout) == (2, "")
    assert undecided.stderr == (
        "✗ Several development services run: http://127.0.0.1:8000, http://127.0.0.1:8001. "
        "Choose one: PORT=8001 otp …\n"
    )

    by_setting = await otp_in_thread("text", "preview", PUBLIC_URL="http://127.0.0.1:8000")
    assert by_setting.stdout.startswith("042137 is your 8000 code.")


@pytest.mark.parametrize(("port", "code", "output"), [("8001", 0, "your 8001 code"), ("9000", 2, "Unset PORT.")])
async def test_port_names_the_service(serve, environ, folder, port, code, output):
    """A port on which none runs is an error: another service must not be changed in its place."""
    await serve(8000, 8001)

    exit_code, stdout, stderr = await otp_process("text", "preview", folder=folder, PORT=port, **environ)

    assert exit_code == code
    assert output in stdout + stderr


async def test_killed_service_is_not_found_and_its_socket_is_removed(environ, folder, otp_in_thread):
    """SIGKILL: it cannot remove anything itself."""
    port = free_port()
    async with running("dev", "--port", str(port), folder=folder, name="dev", **environ) as dev:
        await until(lambda: find_ports(environ) == [port], within=30)
        dev.process.kill()
        await dev.process.wait()

    (left,) = socket_folder(environ).iterdir()
    assert left.is_socket()
    result = await otp_in_thread("jobs", "list")

    assert result.exit_code == 2
    assert result.stderr.startswith("✗ No OTP_ setting is set, and no development service runs.")
    assert list(socket_folder(environ).iterdir()) == []


def find_ports(environ):
    services, _ = find_dev_services(environ)
    return [found.service.port for found in services]


async def test_starting_service_removes_the_socket_of_a_killed_one(serve, environ):
    with socket.socket(socket.AF_UNIX) as left:
        socket_folder(environ).mkdir(mode=PRIVATE)
        left.bind(str(socket_folder(environ) / "0123abcd.sock"))

    await serve(8000)

    assert len(list(socket_folder(environ).iterdir())) == 1


async def test_suspended_service_is_reported_and_its_socket_kept(environ, otp_in_thread):
    """Ctrl-Z: the kernel accepts connections, and no one answers."""
    with socket.socket(socket.AF_UNIX) as suspended:
        socket_folder(environ).mkdir(mode=PRIVATE)
        suspended.bind(str(socket_folder(environ) / "0123abcd.sock"))
        suspended.listen()

        result = await otp_in_thread("jobs", "list")

    assert result.exit_code == 2
    assert result.stderr.startswith("✗ The development service does not respond.")
    assert len(list(socket_folder(environ).iterdir())) == 1


async def test_service_of_another_version_is_not_used(serve, environ):
    store = FakeServer()
    await serve(8000, store=store)
    (path,) = socket_folder(environ).iterdir()
    async with Redis(unix_socket_path=str(path), db=1) as redis:
        await redis.set("service", json.dumps({"address": "http://127.0.0.1:8000"}))

    assert await find(environ) == ([], 1)


async def test_service_that_stops_during_a_command_ends_it_with_a_sentence(environ, folder, otp_in_thread):
    """It has stopped between the look for it and the use of its store."""
    service = DevService(
        url="http://127.0.0.1:8000", port=8000, folder=str(folder), settings={"OTP_ENV": "development"}
    )
    elsewhere = {"XDG_RUNTIME_DIR": runtime_folder()}
    async with serve_to_commands(service, FakeServer(), elsewhere):
        (path,) = socket_folder(elsewhere).iterdir()

        async def forward_until_the_store_is_used(reader, writer):
            service_reader, service_writer = await asyncio.open_unix_connection(path)
            while (data := await reader.read(65536)) and b"{otp}" not in data:
                service_writer.write(data)
                writer.write(await service_reader.read(65536))
            service_writer.close()
            writer.close()

        socket_folder(environ).mkdir(mode=PRIVATE)
        near = socket_folder(environ) / "0123abcd.sock"
        async with await asyncio.start_unix_server(forward_until_the_store_is_used, near):
            result = await otp_in_thread("numbers", "block", PHONE)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("✗ The development service does not respond: it stops, or was suspended.\n")


async def test_open_connection_does_not_delay_the_stop(environ):
    """A command may be suspended too."""
    service = DevService(url="http://127.0.0.1:8000", port=8000, folder="/", settings={})
    async with serve_to_commands(service, FakeServer(), environ):
        (path,) = socket_folder(environ).iterdir()
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"*1\r\n$4\r\nPING\r\n")
        assert await reader.readline() == b"+PONG\r\n"

    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_errors_and_large_replies_keep_the_connection(serve, environ):
    """The first call of a script is answered by NOSCRIPT."""
    await serve(8000)
    (path,) = socket_folder(environ).iterdir()
    async with Redis(unix_socket_path=str(path), single_connection_client=True) as redis:
        id = await redis.client_id()
        large = b"\r\n\x00\xff" * 500_000

        await redis.set("large", large)
        with pytest.raises(Exception, match="No matching script"):
            await redis.evalsha("0" * 40, 0)

        assert await redis.get("large") == large
        assert await redis.client_id() == id


def test_folder_of_another_user_is_not_used(runtime):
    """In /tmp another user may create it first."""
    environ = {"XDG_RUNTIME_DIR": runtime}
    folder = Path(runtime, "otp")
    folder.mkdir(mode=PRIVATE)
    assert socket_folder(environ) == folder

    assert socket_folder(environ, uid=os.getuid() + 1) != folder


@pytest.mark.parametrize("mode", [PUBLIC, 0o777, 0o710], ids=oct)
def test_folder_that_others_can_enter_is_not_used(runtime, mode):
    folder = Path(runtime, "otp")
    folder.mkdir()
    folder.chmod(mode)

    assert socket_folder({"XDG_RUNTIME_DIR": runtime}) != folder


@pytest.mark.parametrize("named", ["relative", "", "/nonexistent", "/dev/null", f"/{'x' * 100}"])
def test_runtime_directory_that_cannot_be_used_is_replaced(named):
    """Such as the one of another user after `su`."""
    folder = socket_folder({"XDG_RUNTIME_DIR": named})

    assert str(folder) in {f"/run/user/{os.getuid()}/otp", f"/tmp/otp-{os.getuid()}"}  # noqa: S108  not used


def test_runtime_directory_with_a_long_path_is_not_used(runtime):
    """The address of a Unix socket has about a hundred bytes."""
    long = Path(runtime, "x" * 60)
    long.mkdir(mode=PRIVATE)

    assert str(long) not in str(socket_folder({"XDG_RUNTIME_DIR": str(long)}))


def test_link_is_not_used_as_the_folder(runtime, tmp_path):
    Path(runtime, "otp").symlink_to(tmp_path)

    assert socket_folder({"XDG_RUNTIME_DIR": runtime}) != Path(runtime, "otp")


def test_paths_in_the_settings_are_relative_to_the_folder_of_the_service(tmp_path):
    (tmp_path / "brand").write_text("Acme")
    settings = {"OTP_ENV": "development", "OTP_BRAND_FILE": "brand"}
    service = DevService(url="http://127.0.0.1:8000", port=8000, folder=str(tmp_path), settings=settings)

    loaded = FoundService(service, Path("/run/user/0/otp/a b.sock")).load_settings()

    assert (loaded.brand, loaded.redis_url) == ("Acme", "unix:///run/user/0/otp/a%20b.sock")


async def test_service_on_a_real_redis_is_reached_there(serve, environ, engine_url):
    await serve(8000, REDIS_URL=engine_url)

    (found,), _ = await find(environ)

    assert found.load_settings().redis_url == engine_url
