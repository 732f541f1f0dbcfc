"""docs/operating/backup.md: its commands, run on a real server, bring back what was stored, and no more."""

import re
import shutil
import subprocess
from textwrap import dedent

import pytest

from app.container import open_container
from app.domain.errors import NoPendingVerification
from tests.support.actions import check, start_verification, start_with_code
from tests.support.builders import OTHER_PHONE, make_settings
from tests.support.docs import DOCS, blocks, join_lines
from tests.support.redis_topologies import Server
from tests.support.waiting import until

PAGE = (DOCS / "operating" / "backup.md").read_text()
(RESTORE,) = [dedent(block).splitlines() for block in blocks("bash", PAGE) if "systemctl" in block]
(IN_CONTAINERS,) = [block for block in blocks("bash", PAGE) if "docker compose run" in block]
AS_INSTALLED = {"/var/lib/redis": "{folder}", "/etc/redis/redis.conf": "{config}"}


@pytest.fixture
async def server(tmp_path):
    """A Redis as going-live.md has it."""
    server = Server(tmp_path, "appendonly yes", "maxmemory-policy noeviction", "repl-diskless-sync-delay 0")
    await until(server.is_up)
    yield server
    server.kill()


async def back_up(server):
    """Take a dump by the command of the page, or without a redis-cli by that which it stands for."""
    (command,) = [block for block in blocks("bash", PAGE) if "--rdb" in block]
    if shutil.which("redis-cli"):
        words = [*command.split(), "-p", str(server.port)]
        subprocess.run(words, cwd=server.folder, check=True, capture_output=True)  # noqa: ASYNC221  a small dump
    else:
        await server.ask("SAVE")
        shutil.copy(server.folder / "dump.rdb", server.folder / "otp.rdb")


async def run(line, server):
    """Run a line of the page, with the files and the port of this server."""
    for path, own in AS_INSTALLED.items():
        line = line.replace(path, own.format(folder=server.folder, config=server.config))
    match line.split():
        case ["systemctl", "stop", _]:
            server.kill()
        case ["systemctl", "start", _]:
            server.start()
            await until(server.is_up)
        case ["redis-cli", *words]:
            await server.ask(*words)
        case _:
            line = re.sub(r" && chown redis: \S+", "", line)
            subprocess.run(["bash", "-euc", line], cwd=server.folder, check=True)  # noqa: ASYNC221  moves a small file


def container_on(server):
    return open_container(make_settings(f"redis://127.0.0.1:{server.port}/0", "{otp}"))


async def test_a_restore_brings_back_the_moment_of_the_backup(server):
    """Also where it must not be relied on: a code that was used since then is pending again."""
    async with container_on(server) as container:
        pending, code = await start_with_code(container)
        await back_up(server)
        await check(container, code, id=pending)
        later = await start_verification(container, OTHER_PHONE)

    for line in RESTORE:
        await run(line, server)
    await until(lambda: is_saved(server))

    async with container_on(server) as container:
        assert (await check(container, code, id=pending)).verification.id == pending
        with pytest.raises(NoPendingVerification):
            await check(container, "123456", id=later.id)
    assert "could be used a second time, until it expires" in PAGE


async def test_a_restored_redis_survives_a_crash(server):
    """Append-only files are on again, with everything in them."""
    await server.ask("SET", "kept", "1")
    await back_up(server)
    for line in RESTORE:
        await run(line, server)
    await until(lambda: is_saved(server))

    server.kill()
    server.start()
    await until(server.is_up)

    assert await server.ask("GET", "kept") == b"1"
    assert re.search("^appendonly yes$", server.config.read_text(), re.MULTILINE)


async def test_a_start_with_append_only_files_would_ignore_the_dump(server):
    """The reason for the order of the page."""
    await server.ask("SET", "kept", "1")
    await back_up(server)
    for line in RESTORE:
        if not line.startswith("sed"):
            await run(line, server)

    assert await server.ask("GET", "kept") is None
    assert "Redis would ignore the dump and start empty" in join_lines(PAGE)


async def test_a_dump_is_restored_as_the_first_of_the_append_only_files(server):
    """The script that docker-compose.yml's Redis runs in its volume, which is this server's folder."""
    await server.ask("SET", "kept", "1")
    await back_up(server)
    server.kill()

    (script,) = re.findall("sh -euc '(.*?)' < otp.rdb", IN_CONTAINERS, re.DOTALL)
    script = script.replace("cd /data", f"cd {server.folder}").replace("chown -R redis: ", "ls ")
    with (server.folder / "otp.rdb").open("rb") as dump:
        subprocess.run(["sh", "-euc", script], stdin=dump, check=True, capture_output=True)  # noqa: ASYNC221  copies it
    server.start()
    await until(server.is_up)

    assert await server.ask("GET", "kept") == b"1"


async def is_saved(server):
    info = await server.ask("INFO", "persistence")
    return info["aof_enabled"] == 1 and info["aof_rewrite_in_progress"] == 0
