"""Serve the metrics of this process on a port of their own.

Each process has its own numbers, and Prometheus adds them up: a process takes the first free port from the configured
one on. Two processes never share a port, or each scrape would show the counters of another one.
"""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from wsgiref.simple_server import WSGIServer

from prometheus_client import start_http_server

from app.logs import log
from app.metrics.families import REGISTRY

MAX_PORTS = 64
"""The ports that are tried, from the configured one on."""
_RETRY_S = 1.0


@asynccontextmanager
async def metrics_server(host: str, first_port: int | None, *, ports: int = MAX_PORTS) -> AsyncIterator[None]:
    """Serve the metrics within the block on the first free one of `ports` ports; without a port they are not served."""
    if first_port is None:
        yield
        return
    opening = asyncio.create_task(_open(host, first_port, ports))
    try:
        yield
    finally:
        opening.cancel()
        with suppress(asyncio.CancelledError):
            server = await opening
            await asyncio.to_thread(server.shutdown)
            server.server_close()


async def _open(host: str, first_port: int, ports: int) -> WSGIServer:
    """Open the first free port; while all are taken, try again each second."""
    has_warned = False
    while True:
        for port in range(first_port, min(first_port + ports, 65_536)):
            try:
                # In a thread, because the standard library looks up the host's name.
                server, _ = await asyncio.to_thread(start_http_server, port, host, REGISTRY)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                log.error("metrics_not_served", port=port, error=errno.errorcode.get(error.errno or 0, "no address"))
                await asyncio.sleep(_RETRY_S)
                break
            log.info("metrics_served", port=port)
            return server
        else:
            if not has_warned:
                log.warning("metrics_ports_taken", port=first_port, ports=ports)
            has_warned = True
            await asyncio.sleep(_RETRY_S)
