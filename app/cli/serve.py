"""`otp dev`, `otp serve`, `otp worker`: the processes."""

import asyncio
import os
import signal
from typing import Annotated

import typer
import uvicorn

from app.cli.common import USAGE, complain, err, out, settings_or_exit
from app.logs import set_up_logs
from app.main import create_app
from app.settings.load import BadSettings
from app.settings.model import Settings
from app.settings.nouns import DEV_PUBLISHABLE_KEY, DEV_SECRET_KEY
from app.store.connection import EMBEDDED
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
                --json '{{"phone_number": "+31612345678"}}'
"""


def dev(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run the whole service for a developer: embedded store, worker inside, SMS on a page."""
    url = f"http://{host}:{port}"
    os.environ.setdefault("OTP_ENV", "development")
    os.environ.setdefault("OTP_PUBLIC_URL", url)
    settings = settings_or_exit()
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
    try:
        asyncio.run(_work(settings))
    except BadSettings as error:
        complain(error)
        raise typer.Exit(USAGE) from error


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with open_tools(settings) as tools:
        await run_worker(tools.queue, tools.desk, slots=settings.worker_slots, stop=stop)


def _serve(settings: Settings, *, host: str, port: int, processes: int) -> None:
    """Run uvicorn; its own logs, its banner and its reading of proxy headers are off."""
    set_up_logs(settings.log_level)
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
        timeout_graceful_shutdown=8,
    )
