"""`otp gateways`: where their reports go, and whether their accounts work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from app.cli.gateway_errors import explain, suggest
from app.cli.output import Finding, paused, show_facts, show_findings, show_spinner
from app.cli.run import FAILED, print_hint, run_with_container
from app.domain.gateway import GatewayError

if TYPE_CHECKING:
    from rich.status import Status

    from app.container import Container
    from app.services.check_gateways import GatewayCheck
    from app.settings.model import Settings

app = typer.Typer(help="The vendors that carry the SMS: urls, check.", no_args_is_help=True)
_COUNTED = {  # what became of reports, in more words than Redis has for it
    "moved": "moved a message",
    "kept": "with nothing new",
    "parked": "ahead of their message",
    "unknown": "of no known message",
    "refused": "refused as forged or unreadable",
}


@app.command("urls", epilog="Example: otp gateways urls | cut -f2")
def urls() -> None:
    """Print the address for each vendor's dashboard, where its delivery reports belong.

    Some end in a secret: keep them out of logs and tickets.
    """
    with show_spinner("Reading the settings"):
        addresses = run_with_container(_report_urls)
    if not addresses:
        print_hint("No vendor is set up; the developer's inbox knows where its reports belong.")
        return
    print_hint("Paste each into its vendor's dashboard. Some end in a secret: keep them out of logs and tickets.")
    show_facts(addresses)


@app.command("check", epilog="Example: otp gateways check | grep ^bad")
def check() -> None:
    """Ask each gateway whether its account works, without an SMS, and count its reports.

    All are asked at once, and each is shown when it answers. Exit code 1 when one does not work.
    """
    with show_spinner("Asking the gateways") as spinner:
        checked = run_with_container(lambda container, settings: _check(container, settings, spinner))
    if any(one.reports is None for one in checked):
        print_hint("Reports are not counted here: Redis does not answer, or is the embedded store inside `otp dev`.")
    if any(isinstance(one.said, GatewayError) for one in checked):
        raise typer.Exit(FAILED)


async def _report_urls(container: Container, _: Settings) -> dict[str, str]:
    from app.settings.sending import DEVELOPERS

    return {name: url for name, url in container.report_urls.items() if name != DEVELOPERS}


async def _check(container: Container, settings: Settings, spinner: Status) -> list[GatewayCheck]:
    """Ask all at once, and show each as it answers."""
    from app.services.check_gateways import check_gateways
    from app.settings.parsers import EMBEDDED

    messages = None if settings.redis_url == EMBEDDED else container.messages
    width = max(map(len, container.gateways))
    checked: list[GatewayCheck] = []
    for answer in asyncio.as_completed(
        [check_gateways({name: one}, messages) for name, one in container.gateways.items()]
    ):
        checked += await answer
        with paused(spinner):
            show_findings(_findings(checked[-1]), width=width)
    return checked


def _findings(one: GatewayCheck) -> list[Finding]:
    """Tell a gateway's answer, or its failure and what to do, and what became of its reports."""
    found: list[Finding] = [("ok", one.gateway, str(one.said))]
    if isinstance(one.said, GatewayError):
        found = [("bad", one.gateway, f"{explain(one.said)} {suggest(one.said)}")]
    if one.reports is not None:
        told = [f"{one.reports[word]} {said}" for word, said in _COUNTED.items() if one.reports.get(word)]
        found.append(("note", one.gateway, f"reports: {', '.join(told) or 'none yet'}"))
    return found
