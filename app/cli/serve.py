"""Run and stop the API, in one process or several."""

import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import typer
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from app.cli.api_server import DRAIN_S, ApiServer, make_config
from app.cli.listening_sockets import CannotListen, open_sockets
from app.cli.run import DONE, ENV_FILE, FAILED, ONE_PROCESS, out, print_error, start_log
from app.cli.service_manager import ALIVE, READY, STOPPING, notify_service_manager
from app.container import gateway_errors
from app.main import create_app, freeze_garbage_collector
from app.settings.load import BadSettings, load_settings
from app.settings.model import Settings
from app.settings.redis_url import EMBEDDED


def run_development(settings: Settings, sockets: list[socket.socket], *, url: str, port: int) -> None:
    """Run the API and serve its embedded store to other commands, not with `OTP_ENV=production`; exit at its end."""
    from fakeredis import FakeServer

    from app.cli.dev_services import DevService
    from app.cli.dev_socket import serve_to_commands

    if settings.is_production:
        run_api(settings, sockets, processes=1)
    start_log(settings)
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
    raise typer.Exit(_run_alone(app, settings, sockets, drain_s=0))


def run_api(settings: Settings, sockets: list[socket.socket], *, processes: int) -> None:
    """Run the API in one process or several; exit when it stops."""
    start_log(settings)
    if processes == 1:
        raise typer.Exit(_run_alone(create_app(settings), settings, sockets, drain_s=DRAIN_S))
    from app.cli.process_group import ProcessGroup

    raise typer.Exit(ProcessGroup(settings, sockets, count=processes, load=_reload_settings).run())


def sockets_or_exit(host: str, port: int, *, setting: str = "--port {}") -> list[socket.socket]:
    """Return the sockets to listen on; without one, exit with a sentence. `setting` is how the user gives a port."""
    try:
        return open_sockets(host, port, os.environ, setting=setting)
    except CannotListen as error:
        print_error(str(error))
        raise typer.Exit(FAILED) from error


def run_server(server: ApiServer, sockets: list[socket.socket]) -> int:
    """Serve until a signal, and return the exit code."""
    freeze_garbage_collector()
    try:
        server.run(sockets)
    except KeyboardInterrupt:
        return DONE
    except SystemExit as stopped:
        if stopped.args != (STARTUP_FAILURE,):
            raise
        return FAILED
    return DONE


def _run_alone(app: FastAPI, settings: Settings, sockets: list[socket.socket], *, drain_s: float) -> int:
    server = ApiServer(
        make_config(app, settings, drain_s=drain_s),
        drain_s=drain_s,
        on_serving=lambda: notify_service_manager(READY),
        on_turn=lambda: notify_service_manager(ALIVE),
        on_stopping=lambda: notify_service_manager(STOPPING),
    )
    return run_server(server, sockets)


def _reload_settings() -> Settings:
    """Return settings with which processes serve; a start waits for its Redis, while a reload has something to lose."""
    from app.cli.redis_start import redis_problems

    settings = load_settings(os.environ, ENV_FILE, also=gateway_errors)
    if settings.redis_url == EMBEDDED:
        raise BadSettings([ONE_PROCESS])
    if problems := redis_problems(settings):
        raise BadSettings(problems)
    return settings
