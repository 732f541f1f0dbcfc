"""The image and docker-compose.yml on a real Docker engine, with `-m containers`; it takes minutes."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from functools import partial

import pytest

from tests.support.docs import PAGES, blocks
from tests.support.processes import ROOT
from tests.support.service import UNLIMITED
from tests.support.steady_load import SteadyLoad
from tests.support.waiting import until

pytestmark = pytest.mark.containers

IMAGE = "otp-test"
PROJECT = "otp-test"
LONG = 100  # seconds; six processes start at once, on a machine that does other work
SETTINGS = {
    "OTP_ENV": "development",
    "OTP_REDIS_URL": "redis://redis:6379/0",
    "OTP_PUBLIC_URL": "http://api:8000",  # at which the inbox of a random API takes SMS
    "OTP_TRUSTED_PROXIES": "192.168.213.0/24",
    "OTP_GATEWAYS__INBOX__URL": "http://api:8000",
    "LISTEN": "127.0.0.1:0",
    **UNLIMITED,
}
PUBLISHED = ["0.0.0.0:80:80", "0.0.0.0:443:443"]  # in place of which the test has free ports of this machine alone
(ROLLING,) = [block for block in blocks("bash", PAGES["docs/operating/upgrading.md"]) if "docker compose" in block]
_COMPOSE_V1 = 'docker() { if [ "$1" = compose ]; then shift; docker-compose "$@"; else command docker "$@"; fi; }\n'


@pytest.fixture(scope="module")
def image(request):
    if request.config.option.markexpr != "containers":
        pytest.skip("builds an image: asked for with -m containers")
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers")
    subprocess.run(["docker", "build", "--quiet", "--tag", IMAGE, ROOT], check=True)
    return IMAGE


@pytest.fixture
def container(image):
    """A container as strict as those of docker-compose.yml, with the developer's inbox."""
    strict = ["--read-only", "--cap-drop", "ALL", "--env", "OTP_ENV=development", "--publish", "127.0.0.1::8000"]
    name = said("docker", "run", "--detach", *strict, image)
    yield name
    said("docker", "rm", "--force", name)


@pytest.fixture(scope="module")
def compose(image, tmp_path_factory):
    """Three APIs and three workers behind the proxy, as the page starts them; returns what runs lines of the page."""
    folder = tmp_path_factory.mktemp("compose")
    shutil.copytree(ROOT / "deploy" / "proxy", folder / "deploy" / "proxy")
    text = (ROOT / "docker-compose.yml").read_text().replace("image: otp\n", f"image: {image}\n")
    for port in PUBLISHED:
        assert port in text
        text = text.replace(port, f"127.0.0.1::{port.rpartition(':')[2]}")
    (folder / "docker-compose.yml").write_text(text)
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in SETTINGS.items()))
    has_v2 = not subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode

    def run(lines):
        words = ["bash", "-euc", ("" if has_v2 else _COMPOSE_V1) + lines]
        environment = os.environ | {"COMPOSE_PROJECT_NAME": PROJECT, "OTP_PUBLIC_URL": "http://127.0.0.1"}
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        export, start = ROLLING.splitlines()[:2]
        assert export == f"export LISTEN={SETTINGS['LISTEN']}"
        run(f"{start} --no-build")
        yield run
    finally:
        run("docker compose --profile proxy down --volumes")


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def health(*names):
    """Return the different states of health that these containers have."""
    return set(said("docker", "inspect", "--format", "{{.State.Health.Status}}", *names).split())


def containers_of(compose, service):
    return compose(f"docker compose ps --quiet {service}").split()


def address(name, port):
    """Return the URL at which this machine reaches a port of a container."""
    return "http://" + said("docker", "port", name, f"{port}/tcp").splitlines()[0]


def call(url, **body):
    headers = {"Authorization": "Bearer sk_dev", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)  # noqa: S310  our own address
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  our own address
        return json.load(answer)


async def code_for(number, inboxes):
    """Return the code that came to one of the inboxes: each API has its own."""

    def texts():
        found = [call(f"{inbox}/dev/inbox/messages?to=%2B{number[1:]}") for inbox in inboxes]
        return [message["text"] for messages in found for message in messages]

    (text,) = await until(texts, within=LONG)
    assert "is uw code" in text  # the catalogues are in the image
    return re.search(r"\d{6}", text)[0]


async def verify(url, number, inboxes):
    call(f"{url}/v1/request-code", phone_number=number)
    code = await code_for(number, inboxes)
    return call(f"{url}/v1/verify-code", phone_number=number, code=code)["proof"]


async def test_a_container_serves_a_whole_verification_and_stops_on_sigterm(container):
    url = address(container, 8000)
    await until(lambda: health(container) == {"healthy"}, within=LONG)

    proof = await verify(url, "+31612345678", [url])
    assert call(f"{url}/otp-form/nl.json")["send"]  # the form's words are in the image,
    with urllib.request.urlopen(f"{url}/static/swagger-ui-bundle.js", timeout=5) as script:  # noqa: ASYNC210, S310  ours
        assert script.read()  # and the reference page's script
    assert [call(f"{url}/v1/proofs/redeem", proof=proof)["active"] for _ in range(2)] == [True, False]

    said("docker", "stop", container)
    assert said("docker", "inspect", "--format", "{{.State.ExitCode}}", container) == "0"


def test_nothing_can_be_installed_or_written_in_the_image(image):
    run = partial(subprocess.run, capture_output=True, text=True, check=False)
    looks = {
        "id -u": "10001\n",
        "find /otp /usr/local -writable -not -type l": "",
        "ls /otp/lib/python3.*/site-packages | grep -i -x -e pip -e pytest -e tests -e uv || true": "",
        "python -m pip --version || /usr/local/bin/python -m pip --version || echo none": "none\n",
    }

    assert {look: run(["docker", "run", "--rm", image, "sh", "-c", look]).stdout for look in looks} == looks


async def test_three_apis_and_three_workers_serve_behind_the_proxy(compose):
    """Each API takes calls, and each worker sends."""
    apis, workers, (proxy,) = (containers_of(compose, service) for service in ("api", "worker", "proxy"))
    assert (len(apis), len(workers)) == (3, 3)
    await until(lambda: health(*apis, *workers, proxy) == {"healthy"}, within=LONG)
    url, inboxes = address(proxy, 80), [address(api, 8000) for api in apis]

    def has_served(api):
        return '"route":"/v1/request-code"' in said_in_log(api)

    def has_sent(worker):
        return '"delivery_attempt"' in said_in_log(worker)

    numbers = iter(range(31612340000, 31612349999))
    until_s = time.monotonic() + LONG
    while not (all(map(has_served, apis)) and all(map(has_sent, workers))):
        assert time.monotonic() < until_s
        proof = await verify(url, f"+{next(numbers)}", inboxes)
        assert call(f"{url}/v1/proofs/redeem", proof=proof)["active"]


def said_in_log(name):
    return subprocess.run(["docker", "logs", name], capture_output=True, text=True, check=True).stderr


async def test_a_worker_is_unhealthy_while_redis_does_not_answer(compose):
    workers, (redis,) = containers_of(compose, "worker"), containers_of(compose, "redis")
    await until(lambda: health(*workers) == {"healthy"}, within=LONG)

    said("docker", "pause", redis)
    try:
        await until(lambda: health(*workers) == {"unhealthy"}, within=LONG)
    finally:
        said("docker", "unpause", redis)

    await until(lambda: health(*workers) == {"healthy"}, within=LONG)


async def test_redis_has_a_ceiling(compose):
    (redis,) = containers_of(compose, "redis")

    assert said("docker", "exec", redis, "redis-cli", "config", "get", "maxmemory").split()[-1] == str(512 * 2**20)
    assert said("docker", "inspect", "--format", "{{.HostConfig.Memory}}", redis) == str(768 * 2**20)


async def test_all_containers_are_replaced_without_a_lost_request(compose):
    """By the lines of the page on upgrades. The load is POSTs, which the proxy must not repeat once they were sent."""
    (proxy,) = containers_of(compose, "proxy")
    former = containers_of(compose, "api worker")
    await until(lambda: health(*former) == {"healthy"}, within=LONG)
    remember, start, _, *stop = ROLLING.splitlines()[3:]
    assert remember == "old=$(docker compose ps --quiet worker api)"

    async with SteadyLoad(int(address(proxy, 80).rpartition(":")[2])) as load:

        async def go_on():
            seen = load.answers[200]
            await until(lambda: load.answers[200] > seen + 50, within=LONG)

        await go_on()
        await asyncio.to_thread(compose, f"{start} --no-build")
        new = set(containers_of(compose, "api worker")) - set(former)
        assert len(new) == 6
        await until(lambda: health(*new) == {"healthy"}, within=LONG)
        await go_on()
        await asyncio.to_thread(compose, "\n".join([f"old='{' '.join(former)}'", *stop]))
        await go_on()

    assert set(containers_of(compose, "api worker")) == new
    assert load.lost == []
    assert set(load.answers) == {200}
