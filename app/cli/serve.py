"""Run and stop the API and worker processes."""

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import typer
import uvicorn
from fastapi import FastAPI

from app.cli.run import FAILED, out, print_error
from app.container import open_container
from app.http.connection_limits import ConnectionLimitProtocol
from app.logs import set_up_logs
from app.main import create_app, freeze_garbage_collector
from app.metrics.server import metrics_server
from app.settings.model import Settings
from app.worker import run_worker

_MAX_PORT = 65535


def run_development(settings: Settings, *, url: str, host: str, port: int) -> None:
    """Run the API and serve its embedded store to other commands, but not with `OTP_ENV=production`."""
    from fakeredis import FakeServer

    from app.cli.dev_services import DevService
    from app.cli.dev_socket import serve_to_commands

    if settings.is_production:
        run_api(settings, host=host, port=port, processes=1)
        return
    _set_up_process(settings)
    store = FakeServer()
    own = {name.upper(): value for name, value in os.environ.items() if name.upper().startswith("OTP_")}
    service = DevService(url=url, port=port, folder=str(Path.cwd()), settings=own)
    app = create_app(settings, server=store)
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan_with_socket(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        async with lifespan(app) as state, serve_to_commands(service, store, os.environ) as is_served:
            if not is_served:
                out.print("  But they cannot: no private folder for a socket. Set XDG_RUNTIME_DIR to one of yours.\n")
            yield state or {}

    app.router.lifespan_context = lifespan_with_socket
    _run_uvicorn(app, settings, host=host, port=port, processes=1)


def run_api(settings: Settings, *, host: str, port: int, processes: int) -> None:
    """Run the API in one process or several."""
    _set_up_process(settings)
    app = create_app(settings) if processes == 1 else "app.main:app_from_environment"
    _run_uvicorn(app, settings, host=host, port=port, processes=processes)


def _set_up_process(settings: Settings) -> None:
    set_up_logs(settings.log_level, tracebacks=not settings.is_production)
    # uvicorn stops gracefully on SIGTERM and then raises the signal again for the previous handler. The
    # default handler would end the process with a failure code, though the stop was requested.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def _run_uvicorn(app: FastAPI | str, settings: Settings, *, host: str, port: int, processes: int) -> None:
    """Run uvicorn without its own logs, banner and proxy headers."""
    freeze_garbage_collector()
    uvicorn.run(
        app,
        factory=processes > 1,
        host=host,
        port=port,
        workers=processes,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        http=ConnectionLimitProtocol,
        ws="none",  # WebSockets are unused, and an upgrade would bypass the middleware
        timeout_graceful_shutdown=8,
        timeout_keep_alive=settings.keep_alive,
        timeout_worker_healthcheck=30,  # a slow machine needs longer than uvicorn's 5 s to import everything
    )


def require_free_port(host: str, port: int, *, setting: str = "--port {}") -> None:
    """Exit with a sentence where uvicorn would exit without one: the port is in use or not permitted.

    `setting` is how the user gives another port.
    """
    try:
        family, socket_type, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket_type, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = (
            os.strerror(error.errno).lower() if isinstance(error.errno, int) and error.errno > 0 else "no such address"
        )
        advice = "Check --host."
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            advice = f"Choose another: {setting.format(port + 1 if port < _MAX_PORT else port - 1)}"
        print_error(f"Cannot listen on {host}, port {port}: {reason}. {advice}")
        raise typer.Exit(FAILED) from error


def run_worker_process(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT."""
    set_up_logs(settings.log_level, tracebacks=not settings.is_production)
    asyncio.run(_run_worker(settings))


async def _run_worker(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with open_container(settings) as container, metrics_server(settings.metrics_host, settings.metrics_port):
        await run_worker(container, slots=settings.worker_slots, stop=stop)
