"""`otp gateways`: print the report URLs, and check the accounts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from app.cli.output import Finding, paused, show_facts, show_findings, show_spinner
from app.cli.run import FAILED, print_hint, run_with_container

if TYPE_CHECKING:
    from rich.status import Status

    from app.container import Container
    from app.services.check_gateways import GatewayCheck
    from app.settings.model import Settings

app = typer.Typer(help="The vendors that carry the SMS: urls, check.", no_args_is_help=True)
_REPORT_OUTCOMES = {  # outcome of a report in Redis -> its text
    "moved": "moved a message",
    "kept": "without a change",
    "parked": "before their message",
    "unknown": "of an unknown message",
    "refused": "refused as forged or unreadable",
}


@app.command("urls", epilog="Example: otp gateways urls | cut -f2")
def urls() -> None:
    """Print the delivery report URL of each gateway, for its vendor's dashboard.

    Some URLs end in a secret: keep them out of logs and tickets.
    """
    with show_spinner("Reading the settings"):
        addresses = run_with_container(_report_urls)
    if not addresses:
        print_hint("No vendor is configured; the developer's inbox needs no report URL.")
        return
    print_hint("Paste each URL into its vendor's dashboard. Some end in a secret: keep them out of logs and tickets.")
    show_facts(addresses)


@app.command("check", epilog="Example: otp gateways check | grep ^bad")
def check() -> None:
    """Check the account of each gateway without an SMS, and count its reports.

    All are checked at once, and each is shown when it responds. Exit code 1 when one fails.
    """
    from app.domain.gateway import GatewayError

    with show_spinner("Checking the gateways") as spinner:
        checked = run_with_container(lambda container, settings: _check_all(container, settings, spinner))
    if any(check.reports is None for check in checked):
        print_hint("Reports are not counted: Redis does not respond, or is the embedded store inside `otp dev`.")
    if any(isinstance(check.result, GatewayError) for check in checked):
        raise typer.Exit(FAILED)


async def _report_urls(container: Container, _: Settings) -> dict[str, str]:
    from app.settings.sending import DEV_INBOX

    return {name: url for name, url in container.report_urls.items() if name != DEV_INBOX}


async def _check_all(container: Container, settings: Settings, spinner: Status) -> list[GatewayCheck]:
    """Check all gateways at once, and show each result when it arrives."""
    from app.cli.route_warnings import describe_route_warnings
    from app.services.check_gateways import check_gateways
    from app.settings.redis_url import EMBEDDED

    messages = None if settings.redis_url == EMBEDDED else container.messages
    width = max(map(len, container.gateways))
    checked: list[GatewayCheck] = []
    for answer in asyncio.as_completed(
        [check_gateways({name: check}, messages) for name, check in container.gateways.items()]
    ):
        checked += await answer
        with paused(spinner):
            show_findings(_findings(checked[-1]), width=width)
    with paused(spinner):
        show_findings(describe_route_warnings(container), width=width)
    return checked


def _findings(check: GatewayCheck) -> list[Finding]:
    """Return a gateway's result, or its failure with advice, and the counts of its reports."""
    from app.cli.gateway_errors import explain, suggest
    from app.domain.gateway import GatewayError

    found: list[Finding] = [("ok", check.gateway, str(check.result))]
    if isinstance(check.result, GatewayError):
        found = [("bad", check.gateway, f"{explain(check.result)} {suggest(check.result)}")]
    if check.reports is not None:
        counts = [
            f"{check.reports[outcome]} {label}"
            for outcome, label in _REPORT_OUTCOMES.items()
            if check.reports.get(outcome)
        ]
        found.append(("note", check.gateway, f"reports: {', '.join(counts) or 'none yet'}"))
    return found
