"""`otp events`: list and replay events that were not delivered, show the endpoints and their secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import show_rows, show_spinner
from app.cli.run import FAILED, USAGE, out, print_error, print_hint, run_on_redis

if TYPE_CHECKING:
    from app.container import Container
    from app.domain.events import EventEndpoint
    from app.settings.model import Settings
    from app.store.event_dead_letters import DeadEvent, EndpointState

app = typer.Typer(help="Events to the apps' backends: endpoints, secrets, list, replay.", no_args_is_help=True)
Ids = Annotated[list[str] | None, typer.Argument(help="One or more ids from `otp events list`.", metavar="ID")]
Url = Annotated[str, typer.Option("--endpoint", metavar="URL", help="All events of this endpoint, as OTP_APPS has it.")]
_HEADER = ("id", "failed", "app", "endpoint", "type", "reason", "tries", "about")
_ENDPOINTS_HEADER = ("app", "endpoint", "state", "waiting", "failing since", "last failure", "url")
_SECRETS_HEADER = ("app", "url", "key id", "secret")
_LIST_LIMIT = 100
_NO_ENDPOINT = "No app has `events` in OTP_APPS."


@app.command("list", epilog="Example: otp events list | grep http_500")
def show() -> None:
    """List the oldest 100 events that were not delivered, with the reason.

    Columns: id, time of the last try (UTC), app, endpoint, type, reason, tries, and what it is about.
    """
    from app.services.manage_events import list_dead_events

    with show_spinner("Reading the dead events"):
        dead = run_on_redis(lambda container, _: list_dead_events(container.event_dead_letters))
    if not dead:
        print_hint("None.")
        return
    show_rows(_HEADER, [_row(one) for one in dead])
    if len(dead) == _LIST_LIMIT:
        print_hint("There may be more: these are the oldest 100.")


@app.command("replay", epilog="Example: otp events replay --endpoint https://shop.example.com/otp-events")
def replay(ids: Ids = None, endpoint: Url = "") -> None:
    """Send events again that were not delivered, and switch their endpoints on.

    Exit code 1 when one does not exist; the others are still sent.
    """
    if bool(ids) == bool(endpoint):
        print_error("Give ids from `otp events list`, or --endpoint with a URL.")
        raise typer.Exit(USAGE)
    if endpoint:
        _replay_endpoint(endpoint)
    else:
        _replay_ids(ids or [])


@app.command("endpoints", epilog="Example: otp events endpoints | grep off")
def endpoints() -> None:
    """List the endpoints of all apps: whether each is on, and how many events wait for it.

    Columns: app, endpoint, on or off, waiting events, since when it fails (UTC), its last failure, URL.
    """
    from app.services.manage_events import endpoint_states

    with show_spinner("Reading the endpoints"):
        states = run_on_redis(lambda container, _: endpoint_states(_all(container), container.event_dead_letters))
    if not states:
        print_hint(_NO_ENDPOINT)
        return
    show_rows(_ENDPOINTS_HEADER, [_endpoint_row(*one) for one in states])


@app.command("secrets", epilog="Example: otp events secrets | grep shop")
def secrets() -> None:
    """Print the secrets by which receivers verify events; keep them as secret as a key.

    Columns: app, URL, id of the secret in OTP_SECRETS, secret. During a rotation an event has a signature of each.
    """
    from app.cli.service_settings import service_settings_or_exit
    from app.services.manage_events import list_secrets
    from app.settings.to_domain import apps_of, keyring_of

    settings = service_settings_or_exit()
    of_apps = [endpoint for app in apps_of(settings).values() for endpoint in app.events]
    rows = list_secrets(of_apps, keyring_of(settings))
    if not rows:
        print_hint(_NO_ENDPOINT)
        return
    show_rows(_SECRETS_HEADER, [[row.endpoint.app, row.endpoint.url, row.key_id, row.secret] for row in rows])


def _replay_ids(ids: list[str]) -> None:
    from app.services.manage_events import replay_event

    missing: list[str] = []

    async def run(container: Container, _: Settings) -> None:
        missing.extend([id for id in ids if not await replay_event(id, container.event_dead_letters)])

    with show_spinner("Replaying"):
        run_on_redis(run)
    out.print(f"{len(ids) - len(missing)} replayed.")
    print_error(*(f"There is no dead event {id}. See `otp events list`." for id in missing))
    if missing:
        raise typer.Exit(FAILED)


def _replay_endpoint(url: str) -> None:
    from app.services.manage_events import replay_endpoint

    async def run(container: Container, _: Settings) -> int | None:
        found = [endpoint for endpoint in _all(container) if endpoint.url == url]
        replayed = [await replay_endpoint(endpoint, container.event_dead_letters) for endpoint in found]
        return sum(replayed) if found else None

    with show_spinner("Replaying"):
        replayed = run_on_redis(run)
    if replayed is None:
        print_error("No app has an endpoint with this URL. See `otp events endpoints`.")
        raise typer.Exit(FAILED)
    out.print(f"{replayed} replayed.")


def _all(container: Container) -> list[EventEndpoint]:
    return list(container.deliver_event.endpoints.values())


def _row(dead: DeadEvent) -> list[str]:
    return [dead.id, _time(dead.at), dead.app, dead.endpoint, dead.type, dead.why, str(dead.tries), dead.subject or "-"]


def _endpoint_row(endpoint: EventEndpoint, state: EndpointState) -> list[str]:
    is_on = f"off ({state.off})" if state.off else "on"
    since = _time(state.failing_since) if state.failing_since else "-"
    return [endpoint.app, endpoint.id, is_on, str(state.waiting), since, state.why or "-", endpoint.url]


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
