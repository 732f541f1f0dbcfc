"""Run and stop a worker process, and tell systemd and a health check that it works."""

import asyncio
import signal
from pathlib import Path

import typer

from app.cli.run import FAILED, print_error, start_log
from app.cli.service_manager import ALIVE, READY, notify_service_manager
from app.container import open_container
from app.metrics.server import metrics_server
from app.settings.model import Settings
from app.worker import run_worker
from app.worker.consumer import repeat

_ALIVE_S = 1.0


def run_worker_process(settings: Settings, heartbeat: Path | None) -> None:
    """Run a worker until SIGTERM or SIGINT; `heartbeat` is a file that it touches each second while it works."""
    if heartbeat is not None:
        _remove_former(heartbeat)
    start_log(settings)
    asyncio.run(_run_worker(settings, heartbeat))


def _remove_former(heartbeat: Path) -> None:
    """Remove the file of a former process; exit with a sentence if it cannot be written."""
    try:
        heartbeat.touch()
        heartbeat.unlink()
    except OSError as error:
        print_error(f"Cannot write the heartbeat to {heartbeat}: {(error.strerror or 'unknown').lower()}.")
        raise typer.Exit(FAILED) from error


async def _run_worker(settings: Settings, heartbeat: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)

    def report() -> None:
        notify_service_manager(READY)
        if heartbeat is not None:
            heartbeat.touch()

    # Apart from the heartbeat, which needs Redis: a restart does not bring Redis back.
    alive = asyncio.create_task(repeat(_report_turn, _ALIVE_S))
    async with open_container(settings) as container, metrics_server(settings.metrics_host, settings.metrics_port):
        await run_worker(container, slots=settings.worker_slots, stop=stop, on_heartbeat=report)
    alive.cancel()


async def _report_turn() -> None:
    notify_service_manager(ALIVE)
