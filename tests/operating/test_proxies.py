"""deploy/proxy: the programs accept their files, and a restart behind them loses no request."""

import re
import shutil
import subprocess
from contextlib import AsyncExitStack, contextmanager

import pytest
import yaml

from app.settings.model import Settings
from tests.support.certificates import make_certificate
from tests.support.ports import free_port, wait_for_port
from tests.support.processes import ROOT, running
from tests.support.service import UNLIMITED
from tests.support.steady_load import SteadyLoad
from tests.support.waiting import until

FOLDER = ROOT / "deploy" / "proxy"
NGINX, CADDY = (FOLDER / "nginx.conf").read_text(), (FOLDER / "Caddyfile").read_text()
COMPOSE_CADDY = (FOLDER / "compose.Caddyfile").read_text()
TRAEFIK = yaml.safe_load((FOLDER / "traefik.yml").read_text())["http"]
IDLE_S = Settings.model_fields["keep_alive"].default
ADDRESSES = ["127.0.0.1:8000", "127.0.0.1:8001"]
OLDEST_CADDY = (2, 11)
LONG = 90  # seconds; a start takes 2 s, and 30 s beside much other work


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not on this machine")


def test_each_proxy_uses_both_processes_and_closes_idle_connections_first():
    """It would send requests on connections that the service is closing."""
    transport = TRAEFIK["serversTransports"]["otp"]["forwardingTimeouts"]
    servers = TRAEFIK["services"]["otp"]["loadBalancer"]["servers"]

    assert re.findall(r"server (127\S+)", NGINX) == ADDRESSES
    assert re.search(r"reverse_proxy (.+) \{", CADDY)[1].split() == ADDRESSES
    assert [server["url"] for server in servers] == [f"http://{address}" for address in ADDRESSES]
    idle = [re.search(r"keepalive_timeout (\d+)s", NGINX)[1]]
    idle += [re.search(r"keepalive (\d+)s", text)[1] for text in (CADDY, COMPOSE_CADDY)]
    assert all(int(seconds) < IDLE_S for seconds in [*idle, transport["idleConnTimeout"].removesuffix("s")])


def test_traefik_names_only_what_its_file_has():
    router, balancer = TRAEFIK["routers"]["otp"], TRAEFIK["services"]["otp"]["loadBalancer"]

    assert router["service"] in TRAEFIK["services"]
    assert set(router["middlewares"]) == set(TRAEFIK["middlewares"])
    assert balancer["serversTransport"] in TRAEFIK["serversTransports"]
    assert balancer["healthCheck"]["path"] == "/livez"


def test_no_proxy_logs_the_urls_of_reports():
    """Their path holds a secret, and some vendors append a phone number. Caddy would log them with its errors only."""
    (block,) = re.findall(r"location /v1/reports/ \{.*?\}", NGINX, re.DOTALL)

    assert "access_log off;" in block
    assert "error_log /dev/null;" in block
    for text in (CADDY, COMPOSE_CADDY):
        assert re.findall(r"^\t*(\w*log\w*|request>uri.*)", text, re.MULTILINE) == ["log", "request>uri delete"]


def nginx_around(text, folder):
    """Return the file of a whole nginx, which runs as any user."""
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}"
    file = folder / "nginx.conf"
    file.write_text(f"{head} http {{ access_log off; {paths}\n{text} }}")
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(file)]


@needs("nginx")
def test_nginx_accepts_its_file(tmp_path):
    certificate, key = make_certificate(tmp_path, "otp.example.com")
    text = NGINX.replace("/etc/ssl/otp/fullchain.pem", str(certificate)).replace("/etc/ssl/otp/privkey.pem", str(key))

    done = subprocess.run([*nginx_around(text, tmp_path), "-t"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@needs("caddy")
@pytest.mark.parametrize("name", ["Caddyfile", "compose.Caddyfile"])
def test_caddy_accepts_its_files_as_its_formatter_writes_them(tmp_path, name):
    file = FOLDER / name
    url = "https://otp.example.com"
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/usr/local/bin", "OTP_PUBLIC_URL": url}
    for words in (["validate", "--adapter", "caddyfile", "--config", file], ["fmt", file]):
        done = subprocess.run(["caddy", *words], capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
    assert done.stdout == file.read_text()


def nginx(port, ports, folder):
    """Return the command of nginx with our upstream and locations, without TLS."""
    text = re.sub(r"^server \{\n.*?^\}\n", "", NGINX, count=1, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^ +(ssl_|listen \[).*\n", "", text, flags=re.MULTILINE)
    return nginx_around(_with_ports(text.replace("443 ssl", f"127.0.0.1:{port}"), ports), folder)


def caddy(port, ports, folder):
    """Return the command of Caddy with our upstreams, without TLS."""
    version = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True).stdout
    if (found := re.match(r"v?(\d+)\.(\d+)", version)) and (int(found[1]), int(found[2])) < OLDEST_CADDY:
        pytest.skip("this Caddy loses the body of a request that it tries again")
    file = folder / "Caddyfile"
    text = CADDY.replace("otp.example.com {", f"http://:{port} {{")
    file.write_text(_with_ports(text.replace("{", "{\n\tadmin off", 1), ports))
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


def _with_ports(text, ports):
    for address, port in zip(ADDRESSES, ports, strict=True):
        text = text.replace(address, f"127.0.0.1:{port}")
    return text


@contextmanager
def _running_proxy(command, folder):
    with (folder / "proxy.log").open("wb") as log, subprocess.Popen(command, stderr=log, cwd=folder) as process:
        try:
            yield
        finally:
            process.terminate()


@pytest.mark.long
@pytest.mark.parametrize(
    "proxy", [pytest.param(nginx, marks=needs("nginx")), pytest.param(caddy, marks=needs("caddy"))]
)
async def test_one_process_restarts_after_the_other_without_a_lost_request(engine_url, tag, tmp_path, proxy):
    """Its clients send POSTs, which the proxy must not repeat once they were sent."""
    settings = {"OTP_ENV": "development", "OTP_REDIS_URL": engine_url, "OTP_REDIS_TAG": tag, **UNLIMITED}
    port, ports = free_port(), [free_port(), free_port()]
    async with AsyncExitStack() as stack:

        async def start(place, name):
            process = running("serve", "--port", str(ports[place]), folder=tmp_path, name=name, **settings)
            api = await stack.enter_async_context(process)
            await until(lambda: '"serving"' in api.log_text(), within=LONG)
            return api

        former = [await start(0, "first"), await start(1, "second")]
        stack.enter_context(_running_proxy(proxy(port, ports, tmp_path), tmp_path))
        wait_for_port(port)
        async with SteadyLoad(port) as load:
            await until(lambda: load.answers[200] > 50, within=LONG)
            for place, process in enumerate(former):
                assert await process.stop() == 0
                await start(place, f"next-{place}")
                seen = load.answers[200]
                await until(lambda seen=seen: load.answers[200] > seen + 50, within=LONG)

    assert load.lost == []
    assert set(load.answers) == {200}
