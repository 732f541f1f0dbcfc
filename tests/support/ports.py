"""Finds ports for servers of the suite's own."""

import socket


def free_port():
    """Find a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
