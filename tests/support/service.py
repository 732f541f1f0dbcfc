"""Runs the whole service in a separate process, with `otp dev` or `otp serve`."""

import re
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx

from tests.support.ports import free_port
from tests.support.processes import ROOT, clean_environment

# All tests call from one address; the address limits have their own tests.
UNLIMITED = {f"OTP_LIMIT_{name}": "off" for name in ("SENDS_PER_ADDRESS", "CHECKS_PER_ADDRESS", "CALLS_PER_ADDRESS")}


def otp_dev(**settings):
    """Run `otp dev` with these settings on a free port until the block ends; it must exit with 0."""
    return _running("dev", settings)


def otp_serve(**settings):
    """Run `otp serve` in the same way: for development, on the embedded store."""
    return _running("serve", {"OTP_ENV": "development", **settings})


@contextmanager
def _running(command, settings):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "app.cli", command, "--port", str(port)]
    settings = {"OTP_PUBLIC_URL": url, **settings}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(words, cwd=ROOT, **quiet, env=clean_environment(**settings)) as process:
        try:
            wait_for(f"{url}/readyz")
            yield url
        finally:
            process.terminate()
            code = process.wait(10)
    assert code == 0


def wait_for(url, seconds=60):  # it takes 2 s, and 20 s beside much other work
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            pass  # still starting
        time.sleep(0.1)
    raise TimeoutError(url)


def texts_on_the_phone(service, number, seconds=10):
    """Wait for the first SMS of a number; return its texts, the newest first."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        texts = [sms["text"] for sms in httpx.get(f"{service}/dev/inbox/messages", params={"to": number}).json()]
        if texts:
            return texts
        time.sleep(0.1)
    raise TimeoutError(number)


def code_on_the_phone(service, number):
    """Wait for the SMS, and parse its last line as a phone does."""
    return re.search(r"#(\d+)", texts_on_the_phone(service, number)[0])[1]
