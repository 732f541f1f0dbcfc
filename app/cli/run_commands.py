"""`otp dev`, `otp serve`, `otp worker`: start the processes."""

import os
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import show_spinner
from app.cli.run import ONE_PROCESS, USAGE, exit_on_sigterm, out, print_error, settings_or_exit

Host = Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen on; 0.0.0.0 is all of them.")]
Port = Annotated[int, typer.Option(metavar="PORT", envvar="PORT", help="The port to listen on.", min=1, max=65535)]
DEV_EXAMPLE = "Example: otp dev --port 9000"
SERVE_EXAMPLE = "Example: otp serve --host 0.0.0.0 --processes 4"
WORKER_EXAMPLE = "Example: otp worker"

_WELCOME = """\

  otp runs in development: data is lost at exit, and SMS arrive in the dev inbox.

  Log in      {url}/demo
  Inbox       {url}/dev/inbox
  API         {url}/docs
  Keys        {secret} (backend)  {publishable} (browser)

  Try         curl -s {url}/v1/request-code -H 'Authorization: Bearer {secret}' \\
                -H 'Content-Type: application/json' -d '{{"phone_number": "+31612345678"}}'

  In another terminal, `otp` commands talk to this service, like `otp doctor`.
"""


def dev(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run the whole service for development: embedded store, built-in worker, SMS on a page.

    It reads no `.env`, which may be production's, with a vendor that charges for SMS.
    """
    exit_on_sigterm()
    url = _url(host, port)
    out.print(f"Starting on {url} …", markup=False)  # before the imports, which take longer than a second
    os.environ.setdefault("OTP_ENV", "development")
    os.environ.setdefault("OTP_PUBLIC_URL", url)
    from app.cli.redis_start import require_usable_redis
    from app.cli.serve import run_development, sockets_or_exit
    from app.settings.to_domain import DEV_PUBLISHABLE_KEY, DEV_SECRET_KEY

    settings = settings_or_exit(env_file=None)
    setting = "make run PORT={}" if "MAKELEVEL" in os.environ else "--port {}"
    require_usable_redis(settings)
    sockets = sockets_or_exit(host, port, setting=setting)
    out.print(_WELCOME.format(url=url, secret=DEV_SECRET_KEY, publishable=DEV_PUBLISHABLE_KEY), markup=False)
    run_development(settings, sockets, url=url, port=port)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    processes: Annotated[
        int, typer.Option(metavar="COUNT", help="Processes; about one for each core.", min=1, max=64)
    ] = 1,
) -> None:
    """Run the API; run `otp worker` beside it.

    With the embedded store the worker runs inside the single process. The log goes to stderr, one JSON
    object per line; in development the traceback of a bug follows its line. SIGTERM and Ctrl-C stop it
    once pending requests are answered, after at most 8 seconds. With several processes, SIGHUP replaces
    them by ones with the present settings. A socket of systemd is used in place of host and port.
    """
    exit_on_sigterm()
    with show_spinner("Starting"):
        from app.cli.redis_start import require_usable_redis
        from app.cli.serve import run_api, sockets_or_exit
        from app.cli.service_settings import own_settings_or_exit
        from app.settings.redis_url import EMBEDDED

        settings = own_settings_or_exit()
        if settings.redis_url == EMBEDDED and processes > 1:
            print_error(ONE_PROCESS)
            raise typer.Exit(USAGE)
    require_usable_redis(settings)
    sockets = sockets_or_exit(host, port)
    run_api(settings, sockets, processes=processes)


def worker(
    heartbeat: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Touched each second while it works, for a health check.")
    ] = None,
) -> None:
    """Process the queue: send SMS through the gateways, apply their reports.

    Run any number of workers. SIGTERM and Ctrl-C stop one once its pending SMS are sent.
    """
    exit_on_sigterm()
    with show_spinner("Starting"):
        from app.cli.redis_start import require_usable_redis
        from app.cli.service_settings import own_settings_or_exit
        from app.cli.worker_process import run_worker_process
        from app.settings.redis_url import EMBEDDED

        settings = own_settings_or_exit()
        if settings.redis_url == EMBEDDED:
            print_error("With the embedded store the worker runs inside `otp dev`. Set OTP_REDIS_URL to run it alone.")
            raise typer.Exit(USAGE)
    require_usable_redis(settings)
    run_worker_process(settings, heartbeat)


def _url(host: str, port: int) -> str:
    """Return the URL for a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  not bound here
    return f"http://{shown}:{port}"
