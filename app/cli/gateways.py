"""`otp gateways`: where their reports go, and whether their accounts work."""

from collections.abc import Mapping

import typer

from app.cli.common import FAILED, out, run_with_tools
from app.cli.failures import advise, explain
from app.domain.gateway import GatewayError
from app.services.check_gateways import Checked, check_gateways
from app.settings.model import Settings
from app.settings.readers import EMBEDDED
from app.settings.sending import DEVELOPERS
from app.wiring import Tools

app = typer.Typer(help="The vendors that carry the SMS: urls, check.", no_args_is_help=True)
_COUNTED = {  # what became of reports, in more words than Redis has for it
    "moved": "moved a message",
    "kept": "with nothing new",
    "parked": "ahead of their message",
    "unknown": "of no known message",
    "refused": "refused as forged or unreadable",
}


@app.command("urls")
def urls() -> None:
    """Print the address for each vendor's dashboard, where its delivery reports belong."""
    addresses = run_with_tools(_report_urls)
    if not addresses:
        out.print("No vendor is set up; the developer's phone knows where its reports belong.")
        return
    out.print("Paste each into its vendor's dashboard. Some end in a secret: keep them out of logs and tickets.")
    width = max(map(len, addresses))
    for name, url in addresses.items():
        out.print(f"{name:<{width}}  {url}", markup=False)


@app.command("check")
def check() -> None:
    """Ask each gateway whether its account works, without an SMS. Exit code 1 when one does not."""
    checked = run_with_tools(_check)
    for one in checked:
        _print(one)
    if any(one.reports is None for one in checked):
        out.print("Reports are not counted here: Redis does not answer, or is the embedded store inside `otp dev`.")
    if any(isinstance(one.said, GatewayError) for one in checked):
        raise typer.Exit(FAILED)


async def _report_urls(tools: Tools, _: Settings) -> Mapping[str, str]:
    return {name: url for name, url in tools.report_urls.items() if name != DEVELOPERS}


async def _check(tools: Tools, settings: Settings) -> list[Checked]:
    return await check_gateways(tools.gateways, None if settings.redis_url == EMBEDDED else tools.messages)


def _print(one: Checked) -> None:
    """Print a gateway's answer, or its failure and what to do, and what became of its reports."""
    if isinstance(one.said, GatewayError):
        out.print(f"✗ {one.gateway}: {explain(one.said)}\n  {advise(one.said)}", markup=False)
    else:
        out.print(f"✓ {one.gateway}: {one.said}", markup=False)
    if one.reports is not None:
        told = [f"{one.reports[word]} {said}" for word, said in _COUNTED.items() if one.reports.get(word)]
        out.print(f"  reports: {', '.join(told) or 'none yet'}", markup=False)
