"""Finds free ports for test servers, and waits until one is listened on."""

import socket
import time
from contextlib import suppress


def free_port():
    """Return a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for_port(port, *, within=10.0):
    """Block until a server listens, for a fixture that is shared by the tests of a module."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on port {port} within {within} s")
