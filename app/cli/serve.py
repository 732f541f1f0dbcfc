"""`otp dev`, `otp serve`, `otp worker`: the processes."""

import asyncio
import os
import signal
import socket
import sys
from typing import Annotated

import typer
import uvicorn

from app.api.heads import BoundedHeads
from app.cli.common import FAILED, USAGE, err, out, settings_or_exit
from app.logs import set_up_logs
from app.main import create_app
from app.settings.model import Settings
from app.settings.nouns import DEV_PUBLISHABLE_KEY, DEV_SECRET_KEY
from app.settings.readers import EMBEDDED
from app.wiring import open_tools
from app.worker import run_worker

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(envvar="PORT", help="The port to listen on.", min=1, max=65535)]

_WELCOME = """\

  otp runs in development: nothing is kept, and SMS arrive on the developer's phone.

  Log in      {url}/demo
  Phone       {url}/dev/phone
  API         {url}/docs
  Keys        {secret} (backend)  {publishable} (browser)

  Try         curl -s {url}/v1/request-code -H 'Authorization: Bearer {secret}' \\
                -H 'Content-Type: application/json' -d '{{"phone_number": "+31612345678"}}'
"""


def dev(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run the whole service for a developer: embedded store, worker inside, SMS on a page.

    It reads no `.env`: one that stands beside it is production's, with a vendor who takes money.
    """
    url = _url(host, port)
    os.environ.setdefault("OTP_ENV", "development")
    os.environ.setdefault("OTP_PUBLIC_URL", url)
    settings = settings_or_exit(env_file=None)
    out.print(_WELCOME.format(url=url, secret=DEV_SECRET_KEY, publishable=DEV_PUBLISHABLE_KEY), markup=False)
    _serve(settings, host=host, port=port, processes=1)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    processes: Annotated[int, typer.Option(help="Processes; about one for each core.", min=1, max=64)] = 1,
) -> None:
    """Run the API. Run `otp worker` beside it, unless the store is the embedded one."""
    settings = settings_or_exit()
    if settings.redis_url == EMBEDDED and processes > 1:
        err.print("✗ The embedded store lives in one process. Use --processes 1, or set OTP_REDIS_URL.")
        raise typer.Exit(USAGE)
    _serve(settings, host=host, port=port, processes=processes)


def worker() -> None:
    """Drain the queue: hand SMS to the gateway, apply its reports."""
    settings = settings_or_exit()
    if settings.redis_url == EMBEDDED:
        err.print("✗ With the embedded store the worker runs inside `otp dev`. Set OTP_REDIS_URL to run it alone.")
        raise typer.Exit(USAGE)
    set_up_logs(settings.log_level)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with open_tools(settings) as tools:
        await run_worker(tools.queue, tools.desk, slots=settings.worker_slots, stop=stop)


def _serve(settings: Settings, *, host: str, port: int, processes: int) -> None:
    """Run uvicorn; its own logs, its banner and its reading of proxy headers are off."""
    _require_free(host, port)
    set_up_logs(settings.log_level)
    # uvicorn stops gently on SIGTERM and then raises it once more, for whoever listened before. To die
    # of it would look like a failure, and an end that was asked for is none.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        create_app(settings) if processes == 1 else "app.main:app_from_environment",
        factory=processes > 1,
        host=host,
        port=port,
        workers=processes,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        http=BoundedHeads,
        ws="none",  # nobody speaks it here, and an upgrade would come in past the guard
        timeout_graceful_shutdown=8,
    )


def _require_free(host: str, port: int) -> None:
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
        err.print(f"✗ Cannot listen on {host}, port {port}: {why}. Give another with --port.", markup=False)
        raise typer.Exit(FAILED) from error


def _url(host: str, port: int) -> str:
    """Write an address as a browser on this machine reaches it."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  not bound here
    return f"http://{shown}:{port}"
