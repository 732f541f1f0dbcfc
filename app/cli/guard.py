"""`otp guard`: replay a trace; show, allow or block what the fraud guard watches."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli.output import show_rows, show_spinner
from app.cli.run import FAILED, USAGE, out, print_error, print_hint, run_on_redis
from app.domain.guard import MILLIONTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.container import Container
    from app.services.manage_guard import GuardStatus, WatchedDestination
    from app.services.read_spending import Spent
    from app.settings.model import Settings
    from app.store.guard_state import CountryState, GuardRule

app = typer.Typer(help="The fraud guard: status, allow, block, replay.", no_args_is_help=True)
Subject = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT",
        help="A country like NL, a block like +3161234xxxx, a range like +3161xxxxxxx, or a name that `status` shows.",
    ),
]
AppName = Annotated[str, typer.Option("--app", metavar="APP", help="In this app only; else in all.")]
Until = Annotated[str, typer.Option(metavar="DAY", help="Its last day (UTC), like 2026-12-31; or `now`.")]
_HEADER = ["kind", "app", "subject", "country", "decision", "mode", "count", "last", "until", "why"]
_START = "2026-01-05T00:00:00Z"
_YEARS = range(2000, 3000)  # a store takes the moment 0 for its own clock, and none before it


@app.command("replay", epilog="Example: otp guard replay --only guard < week.jsonl > decisions.jsonl")
def replay(
    *,
    mode: Annotated[Literal["enforce", "monitor"], typer.Option(help="What the guard does.")] = "enforce",
    only: Annotated[Literal["guard", "limits"] | None, typer.Option(help="Leave out the other one.")] = None,
    human_check: Annotated[Literal["on", "off"], typer.Option(help="Whether browsers can solve a human check.")] = "on",
    start: Annotated[str, typer.Option(metavar="TIME", help="The time of `t` 0.")] = _START,
    prices: Annotated[str, typer.Option(metavar="FILE", help="A price table; a line's `cost` wins.")] = "",
    redis: Annotated[
        str, typer.Option(metavar="URL", help="A Redis to use; what the replay writes is erased at its end.")
    ] = "",
) -> None:
    """Read a trace on stdin, one JSON object a line, and write what the service would have decided.

    The scripts of production run, with the time of the trace, on an empty store. The limits and the guard are as the
    settings here have them.
    """
    import structlog

    from app.cli.guard_replay import ReplayOptions
    from app.cli.guard_replay import replay as run
    from app.domain.guard import GuardMode

    began = _start_of(start)
    if sys.stdin.isatty():
        print_hint("Reading the trace from the terminal. End it with Ctrl-D.")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    options = ReplayOptions(
        mode=GuardMode(mode),
        only=only or "",
        has_human_check=human_check == "on",
        start=began,
        prices=prices,
        redis_url=redis,
    )
    raise typer.Exit(asyncio.run(run(options, sys.stdin.buffer, sys.stdout.buffer)))


@app.command("status", epilog="Example: otp guard status | grep concentration")
def status() -> None:
    """Show what the fraud guard challenges and blocks, with the evidence, and what operators allow and block.

    The last rows are what the SMS of the day (UTC) have cost. Columns: `watch`, `country`, `rule` or `spent`; app;
    country, block or range; country; decision; mode; how often; when last (UTC); until when; evidence.
    """
    with show_spinner("Reading the statistics"):
        found, spent, settings = run_on_redis(_read_status)
    rows = [_watched_row(one) for one in found.watched]
    rows += [_country_row(one) for one in found.countries]
    rows += [_rule_row(one) for one in found.rules]
    rows += [_spent_row(one, settings.currency) for one in spent]
    if settings.guard == "off":
        print_hint("The guard is off. Set OTP_GUARD=monitor to see what it would do.")
    elif not rows:
        print_hint("It watches nothing: no challenge, no block, no rule; and no SMS was sent today.")
    if rows:
        show_rows(_HEADER, rows)


@app.command("allow", epilog="Example: otp guard allow NL --until 2026-12-31")
def allow(subject: Subject, *, app_name: AppName = "", until: Until = "") -> None:
    """Allow a country, range or block: its numbers may still be challenged, but are not blocked.

    It ends at the end of the day given by --until; with --until now, a rule of `allow` or `block` ends at once.
    """
    _set_rule("allow", subject, app_name, until)


@app.command("block", epilog="Example: otp guard block +3161234xxxx --until 2026-12-31")
def block(subject: Subject, *, app_name: AppName = "", until: Until = "") -> None:
    """Block a country, range or block: its numbers get no code.

    It ends at the end of the day given by --until; with --until now, a rule of `allow` or `block` ends at once.
    """
    _set_rule("block", subject, app_name, until)


async def _read_status(container: Container, settings: Settings) -> tuple[GuardStatus, Sequence[Spent], Settings]:
    from app.services.manage_guard import guard_status
    from app.services.read_spending import read_spending

    now = container.clock()
    status = await guard_status(list(container.apps), container.guard_state, now=round(now * 1000))
    return status, await read_spending(container.spending, now=now), settings


def _set_rule(word: str, subject: str, app_name: str, until: str) -> None:
    """Store or end a rule in one app or in all, and record who did it."""
    from app.cli.audit import Audit
    from app.domain.errors import InvalidRequest
    from app.domain.guard import GuardDecision
    from app.services.manage_guard import drop_rules, set_rules, subject_names

    ends = _end_of(until)

    async def change(container: Container, settings: Settings) -> tuple[bool, str]:
        if app_name and app_name not in container.apps:
            print_error(f"There is no app {app_name}.")
            raise typer.Exit(USAGE)
        apps = [app_name] if app_name else list(container.apps)
        try:
            names = subject_names(subject, apps, container.store.encryption)
        except InvalidRequest as error:
            print_error(str(error))
            raise typer.Exit(USAGE) from error
        if ends is None:
            name, act = "end_destination_rule", drop_rules(names, container.guard_state)
        else:
            name = f"{word}_destination"
            act = set_rules(names, GuardDecision(word), ends, container.guard_state)
        audit = Audit(container, settings, spinner)
        return await audit.record_change(name, act, subject=next(iter(names.values()))), settings.guard

    with show_spinner("Updating Redis") as spinner:
        done, mode = run_on_redis(change)
    if mode != "enforce":
        print_hint(f"The guard is in {mode} mode: it refuses nobody, whatever the rules are, until OTP_GUARD=enforce.")
    if ends is None:
        out.print("Ended." if done else "There was no such rule.")
    elif done:
        out.print("Allowed." if word == "allow" else "Blocked.")
    else:
        print_error("An app has a thousand rules already. End some first.")
        raise typer.Exit(FAILED)


def _start_of(text: str) -> int:
    """Return a time in milliseconds since 1970; one without a time zone is UTC."""
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        start = None
    if start is None or start.year not in _YEARS:
        print_error(f"--start must be a time like {_START}, of the years {_YEARS[0]} to {_YEARS[-1]}.")
        raise typer.Exit(USAGE)
    return round((start if start.tzinfo else start.replace(tzinfo=UTC)).timestamp() * 1000)


def _end_of(until: str) -> int | None:
    """Return the end of a day in milliseconds since 1970, 0 for no end, and None for `now`."""
    if not until:
        return 0
    if until == "now":
        return None
    try:
        day = datetime.strptime(until, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        print_error("--until must be a day like 2026-12-31, or `now`.")
        raise typer.Exit(USAGE) from error
    return round((day + timedelta(days=1)).timestamp() * 1000)


def _watched_row(watched: WatchedDestination) -> list[str]:
    one = watched.newest
    subject = one.block if one.of_block > 1 else one.country
    ends = _time(one.ends) if one.of_block > 1 else "-"
    times = [str(watched.count), _time(one.at), ends]
    return ["watch", one.app, subject, one.country, one.decision, one.mode, *times, ",".join(one.evidence)]


def _country_row(one: CountryState) -> list[str]:
    left = f"{max(0, one.credit):.0f} of {one.most:.0f} sends left, {one.people:.0f} people approved lately"
    return ["country", one.app, one.country, one.country, "-", "-", "-", "-", "-", left]


def _rule_row(rule: GuardRule) -> list[str]:
    return ["rule", rule.app, rule.subject, "-", rule.decision, "-", "-", "-", _time(rule.ends), "operator"]


def _spent_row(one: Spent, currency: str) -> list[str]:
    cost = f"{one.cost / MILLIONTHS:.2f} {currency} today"
    return ["spent", one.app, one.country, one.country, "-", "-", "-", "-", "-", cost]


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if milliseconds else "-"
