"""`otp doctor`: look at everything that can be wrong, and say how to mend it."""

import time

import typer
from rich.table import Table

from app.cli.common import FAILED, out, run_with_tools
from app.domain.errors import TemporarilyUnavailable
from app.services.ready import ready
from app.settings.model import Settings
from app.settings.readers import EMBEDDED
from app.wiring import Tools

Finding = tuple[str, str, str]
_SIGNS = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "bad": "[red]✗[/]"}


def doctor() -> None:
    """Check settings, Redis, clocks, the queue and the gateways. Exit code 1 when something is broken."""
    findings = run_with_tools(_examine)
    table = Table("", "what", "finding", box=None)
    for sign, what, said in findings:
        table.add_row(_SIGNS[sign], what, said)
    out.print(table)
    if any(sign == "bad" for sign, _, _ in findings):
        raise typer.Exit(FAILED)


async def _examine(tools: Tools, settings: Settings) -> list[Finding]:
    found: list[Finding] = [
        ("ok", "settings", f"{settings.env}; every setting is known and within its bounds"),
        ("ok", "secrets", f"{len(settings.secrets)} in rotation; {settings.secrets[0].id} makes what is new"),
        ("ok", "gateway", f"{tools.desk.gateway.name} carries the SMS"),
    ]
    found += await _redis(tools, settings)
    found += _numbers(settings)
    return found


async def _redis(tools: Tools, settings: Settings) -> list[Finding]:
    if settings.redis_url == EMBEDDED:
        return [("warn", "redis", "the embedded store: one process, nothing is kept when it ends")]
    try:
        pulse = await tools.health.feel()
    except TemporarilyUnavailable:
        return [("bad", "redis", "does not answer. Check OTP_REDIS_URL, and that Redis runs")]
    found: list[Finding] = [("ok", "redis", f"answers; {pulse.waiting} jobs wait")]
    try:
        await ready(tools.health, clock=time.time)
    except TemporarilyUnavailable as error:
        found.append(("bad", "ready", str(error)))
    if pulse.dead:
        found.append(("warn", "jobs", f"{pulse.dead} failed for good; look with `otp jobs list`"))
    return found


def _numbers(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    if settings.countries is None:
        found.append(("warn", "countries", "all are open; production wants a list"))
    if settings.test_numbers:
        last = max(test.until for test in settings.test_numbers.values())
        found.append(("warn", "test numbers", f"{len(settings.test_numbers)} get no SMS; the last until {last}"))
    if settings.allow_weak_codes:
        found.append(("warn", "codes", "fewer than six digits are allowed"))
    return found
