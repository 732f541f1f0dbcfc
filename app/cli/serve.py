"""How the processes run, and how they end."""

import asyncio
import os
import signal
import socket
import sys

import typer
import uvicorn

from app.cli.run import FAILED, print_error
from app.container import open_container
from app.http.header_limits import HeaderLimitProtocol
from app.logs import set_up_logs
from app.main import create_app, freeze_garbage_collector
from app.settings.model import Settings
from app.worker import run_worker


def run_api(settings: Settings, *, host: str, port: int, processes: int) -> None:
    """Run uvicorn; its own logs, its banner and its reading of proxy headers are off."""
    set_up_logs(settings.log_level)
    # uvicorn stops gently on SIGTERM and then raises it once more, for whoever listened before. To die
    # of it would look like a failure, and an end that was asked for is none.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app = create_app(settings) if processes == 1 else "app.main:app_from_environment"
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
        http=HeaderLimitProtocol,
        ws="none",  # nobody speaks it here, and an upgrade would come in past the guard
        timeout_graceful_shutdown=8,
    )


def require_free(host: str, port: int) -> None:
    """End with a sentence where uvicorn would end without one: the port is taken, or not ours to take."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        why = (
            os.strerror(error.errno).lower() if isinstance(error.errno, int) and error.errno > 0 else "no such address"
        )
        print_error(f"Cannot listen on {host}, port {port}: {why}. Give another with --port.")
        raise typer.Exit(FAILED) from error


def run_worker_process(settings: Settings) -> None:
    """Run a worker until it is asked to end."""
    set_up_logs(settings.log_level)
    asyncio.run(_run_worker(settings))


async def _run_worker(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with open_container(settings) as container:
        await run_worker(container.queue, container.delivery, slots=settings.worker_slots, stop=stop)
