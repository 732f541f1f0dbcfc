"""Clients that people use ask for a code and check it, directly and through a proxy; those that are on this machine."""

import importlib.util
import shutil
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.service import UNLIMITED, otp_dev, wait_for

pytestmark = pytest.mark.long

PROGRAMS = Path(__file__).parent / "support" / "http_clients"
# Client -> what must be there, and the command before its two arguments, the address and the number.
CLIENTS = {
    "java": ("java", ["java", str(PROGRAMS / "Client.java")]),
    "curl --http2": ("curl", ["bash", str(PROGRAMS / "client.sh")]),
    "node": ("node", ["node", str(PROGRAMS / "client.mjs")]),
    "go": ("go", ["go", "run", str(PROGRAMS / "client.go")]),
    "php": ("php", ["php", str(PROGRAMS / "client.php")]),
    "requests": ("requests", [sys.executable, str(PROGRAMS / "client.py")]),
}


CADDYFILE = """{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    bind 127.0.0.1
    reverse_proxy {service}
}}
"""


@contextmanager
def caddy(service, folder):
    """Run Caddy in front of a service; it speaks HTTP/1.1 to it and keeps connections open for two minutes."""
    port, config = free_port(), folder / "Caddyfile"
    config.write_text(CADDYFILE.format(port=port, service=service.removeprefix("http://")))
    command = ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/livez")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def service():
    with otp_dev(**UNLIMITED) as url:
        yield url


@pytest.mark.parametrize("proxy", ["direct", "caddy"])
@pytest.mark.parametrize("client", CLIENTS)
def test_client_asks_and_checks(service, client, proxy, tmp_path):
    needed, command = CLIENTS[client]
    if not (shutil.which(needed) or (needed == "requests" and importlib.util.find_spec("requests"))):
        pytest.skip(f"{needed} is not on this machine")
    if proxy == "caddy" and not shutil.which("caddy"):
        pytest.skip("caddy is not on this machine")
    number = f"+3161234{list(CLIENTS).index(client)}{len(proxy)}78"  # one for each
    with caddy(service, tmp_path) if proxy == "caddy" else nullcontext(service) as url:
        completed = subprocess.run([*command, url, number], capture_output=True, text=True, timeout=120, check=False)

    assert completed.stdout.strip() == "approved", completed.stderr
