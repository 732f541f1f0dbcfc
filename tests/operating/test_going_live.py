"""docs/operating/going-live.md: each step succeeds in its order, on a real Redis, before the next one begins."""

import asyncio
import re
from contextlib import AsyncExitStack
from textwrap import dedent

import pytest
from httpx import AsyncClient, ConnectError
from typer.testing import CliRunner

from app.cli import app
from tests.support.api_calls import bearer
from tests.support.docs import DOCS, blocks
from tests.support.fake_vendor import Answer, Vendor
from tests.support.ports import free_port
from tests.support.processes import running, runtime_folder
from tests.support.redis_topologies import Server
from tests.support.waiting import until

PAGE = (DOCS / "operating" / "going-live.md").read_text()
MACHINE = PAGE.partition("## On a machine with Python\n")[2].partition("\n## ")[0]
CONTAINERS = PAGE.partition("## In containers\n")[2].partition("\n## ")[0]
STEPS = re.split(r"^\d+\. ", MACHINE, flags=re.MULTILINE)[1:]
ACCOUNT = {"CLIENT_ID": "4711", "CLIENT_SECRET": "s3cret-0f-the-acc0unt", "SENDER": "Acme"}


def commands_of(step):
    """Return the commands of a step, as lists of words."""
    (block,) = blocks("bash", STEPS[step - 1])
    return [line.split("#")[0].split() for line in dedent(block).splitlines()]


def accept(request):
    """Answer as Smstools does: a balance, or the id of an SMS."""
    return Answer(200, json={"credits": "12.5"} if request.path.endswith("/balance") else {"messageid": "v-1"})


async def otp(*words):
    """Run a command in a thread, since the fake vendor answers in this one; return what it prints."""
    environment = {"XDG_RUNTIME_DIR": runtime_folder()}
    result = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=environment)
    assert result.exit_code == 0, result.output
    return result.stdout


async def run(step):
    """Run the `otp` commands of a step, which succeed; return the lines that they print."""
    outputs = [await otp(*words) for program, *words in commands_of(step) if program == "otp"]
    assert outputs
    return "".join(outputs).splitlines()


@pytest.fixture
async def redis_server(tmp_path):
    """A Redis as its package installs it, which the page sets up."""
    server = Server(tmp_path)
    await until(server.is_up)
    yield server
    server.kill()


async def test_each_step_on_a_machine_succeeds_in_its_order(tmp_path, redis_server, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the commands read and write `.env`
    env, port = tmp_path / ".env", free_port()
    for program, *words in commands_of(2):
        assert program == "redis-cli"
        assert await redis_server.ask(*words) == b"OK"

    (init,) = commands_of(3)
    own = {"https://otp.example.com": "https://otp.acme.nl", "redis://127.0.0.1:6379/0": redis_server_url(redis_server)}
    output = await otp(*(own.get(word, word) for word in init[1:]))
    key = re.search(r"sk_\S+", output)[0]

    async with Vendor(accept) as vendor, AsyncExitStack() as processes:
        text = env.read_text() + f"OTP_GATEWAYS__SMSTOOLS__URL={vendor.url}\n"
        for name, value in ACCOUNT.items():  # step 4
            text = text.replace(f"SMSTOOLS__{name}=\n", f"SMSTOOLS__{name}={value}\n")
        env.write_text(text)

        lines = await run(5)
        assert {line.split("\t")[0] for line in lines} == {"ok", "note"}
        assert [line for line in lines if line.startswith("note\tworker\tnone has run on this Redis yet")]

        client = await processes.enter_async_context(AsyncClient(base_url=f"http://127.0.0.1:{port}"))
        assert [words[1] for words in commands_of(6)] == ["worker", "serve"]
        for _, command in commands_of(6):
            options = {"worker": [], "serve": ["--port", str(port)]}[command]
            await processes.enter_async_context(running(command, *options, folder=tmp_path, name=command))
        await until(lambda: is_ready(client), within=90)

        lines = await run(7)
        assert {line.split("\t")[0] for line in lines} == {"ok"}
        assert (await client.get("/readyz")).text in STEPS[6]

        (report_url,) = await run(9)
        assert report_url.startswith("smstools\thttps://otp.acme.nl/v1/reports/smstools/")

        await run(10)
        client.headers = bearer(key)
        await client.post("/v1/request-code", json={"phone_number": "+31612345678"})
        await until(lambda: code_in(vendor))
        body = {"phone_number": "+31612345678", "code": code_in(vendor)}
        assert (await client.post("/v1/verify-code", json=body)).json()["status"] == "approved"


def redis_server_url(server):
    return f"redis://127.0.0.1:{server.port}/0"


async def is_ready(client):
    try:
        return (await client.get("/readyz")).status_code == 200
    except ConnectError:  # it does not listen yet
        return False


def code_in(vendor):
    found = re.search(rb"#(\d{6})", vendor.requests[-1].body)
    return found[1].decode() if found else None


def test_the_steps_in_containers_have_the_same_order():
    """The settings first, then a check, then the start, then a check again."""
    lines = dedent("".join(blocks("bash", CONTAINERS))).replace("\\\n", "")
    commands = re.findall(r"docker compose ([a-z]+) .*?(?:api (otp [a-z]+)|$)", lines, re.MULTILINE)
    order = [inside or compose for compose, inside in commands]
    assert [word for word in order if word != "build"] == ["otp init", "otp doctor", "otp gateways", "up", "otp doctor"]
    assert "docker compose up -d --wait" in CONTAINERS
