"""`otp messages send`: check a file, ask, send it, and say what became of its rows."""

import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import structlog
from rich.status import Status

from app.cli.audit import Audit
from app.cli.bulk.check import CheckedFile, check_file
from app.cli.bulk.columns import read_columns
from app.cli.bulk.csv_rows import BadFile
from app.cli.bulk.progress import Progress, progress_path, read_progress
from app.cli.bulk.refused_file import RefusedFile
from app.cli.bulk.row_requests import RefusedRow, RowRequests
from app.cli.bulk.send_file import SendFile
from app.cli.bulk.send_list import SendList, Stopped
from app.cli.bulk.source import Source
from app.cli.bulk.terminal import Interruption, Meter, Pace, confirm
from app.cli.output import paused, show_facts
from app.cli.run import DONE, FAILED, INTERRUPTED, print_error, print_hint
from app.container import Container
from app.domain.app import App
from app.domain.prices import as_money
from app.domain.request_context import RequestContext
from app.services.parts.code_generation import new_id
from app.settings.model import Settings

_NAMED = 10  # refused rows that are printed
_COUNTRIES = 10
_NO_TERMINAL = "There is no terminal to ask on: add --yes to send, or --check to check only."


@dataclass(frozen=True, slots=True)
class SendOptions:
    """What the command was given; `defaults` are fields that all rows have."""

    app: App
    defaults: dict[str, str]
    ignored: Sequence[str]
    refused: Path
    rate: int  # rows a second; 0 for as fast as possible
    is_check: bool
    is_confirmed: bool
    is_again: bool

    @property
    def digest(self) -> str:
        """Return what tells these options from others that would send something else."""
        facts = orjson.dumps([self.app.name, sorted(self.defaults.items()), sorted(self.ignored)])
        return hashlib.sha256(facts).hexdigest()


@dataclass(frozen=True, slots=True)
class BulkSend:
    """One run of the command on one file."""

    source: Source
    options: SendOptions
    container: Container
    settings: Settings
    spinner: Status

    async def __call__(self) -> int:
        """Return the exit code; raises `BadFile` for what is wrong with the file or its progress."""
        options = self.options
        if not (options.is_check or options.is_confirmed or sys.stdin.isatty()):
            raise BadFile(_NO_TERMINAL)
        progress = self._progress()
        if progress.state == "finished":
            print_hint("Every row was sent by an earlier run, and nothing is sent again; --again sends all once more.")
            return self._finish(progress)
        requests = self._requests()
        refused = RefusedFile(options.refused, kept=progress.refused_bytes)
        try:
            checked, codes = await self._check(requests, progress, refused)
            if options.is_check:
                return FAILED if codes else DONE
            if not (options.is_confirmed or self._ask(checked)):
                print_hint("Nothing was sent.")
                return FAILED
            return await self._send(requests, checked, progress, refused)
        finally:
            refused.close()

    def _progress(self) -> Progress:
        """Return the progress of the run that this one continues, or a new one."""
        options, file = self.options, self.source.path
        new = Progress(self.source.sha256, options.digest, options.app.name)
        stored = None if options.is_check else read_progress(progress_path(file))
        if stored is None:
            return new
        start_over = f"or delete {progress_path(file).name}, and all rows are sent."
        if stored.sha256 != new.sha256:
            raise BadFile(
                f"{file.name} was changed since its sending began; {stored.rows:,} rows were sent. Restore it; "
                f"{start_over}"
            )
        if stored.state == "finished" and options.is_again:
            return replace(new, run=stored.run + 1)
        if stored.options != new.options:
            raise BadFile(
                f"{stored.rows:,} rows were sent with another app or other options. Give the same ones; {start_over}"
            )
        return stored

    def _requests(self) -> RowRequests:
        options, header = self.options, self.source.rows.columns
        columns = read_columns(header, options.defaults, options.app.messages, ignored=options.ignored)
        call = RequestContext(options.app, request_id=new_id("rq", self.container.random_bytes))
        return RowRequests(columns, call, self.container.clock)

    async def _check(
        self, requests: RowRequests, progress: Progress, refused: RefusedFile
    ) -> tuple[CheckedFile, Counter[str]]:
        meter, named, codes = Meter(self.spinner), list[RefusedRow](), Counter[str]()

        def report(found: CheckedFile, rows: Sequence[RefusedRow]) -> None:
            codes.update(row.code for row in rows)
            named.extend(sorted(rows, key=lambda row: row.line)[: _NAMED - len(named)])
            if self.options.is_check:
                refused.add(rows)
            meter.show(found.rows, f"{codes.total():,} refused by the check")

        act, rows = self.container.send_messages, self.source.rows
        checked = await check_file(rows, requests, act, done=progress.rows, report=report)
        with paused(self.spinner):
            show_facts(_checked_facts(checked, progress, codes, self.settings.currency))
            print_error(*(f"Line {row.line}: {row.detail}" for row in named))
            if codes.total() > len(named):
                print_hint(f"{codes.total() - len(named):,} more; {refused.path.name} lists all that are refused.")
        return checked, codes

    def _ask(self, checked: CheckedFile) -> bool:
        with paused(self.spinner):
            return confirm(f"Send {checked.sendable:,} messages of the app {self.options.app.name}?")

    async def _send(self, requests: RowRequests, checked: CheckedFile, progress: Progress, refused: RefusedFile) -> int:
        name, sha256 = self.options.app.name, self.source.sha256
        audit = Audit(self.container, self.settings, self.spinner)
        await audit.record_change("send_file", _begun(), subject=f"{name}:{sha256[:7]}")
        # A line for each refused row would hide the progress; the file of refused rows has them all.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
        interruption = Interruption(self.spinner)
        meter = Meter(self.spinner, total=checked.rows, done=progress.rows)
        pace = Pace(self.options.rate, interruption.pause)
        scope = f"{name}|file|{sha256}|{self.options.digest}|{progress.run}"

        async def after_list(progress: Progress) -> None:
            meter.show(progress.rows, f"{progress.accepted:,} accepted, {progress.refused:,} refused")
            await pace()

        send = SendFile(
            rows=self.source.rows,
            checked=checked,
            send_list=SendList(self.container.send_messages, requests, scope, interruption.wait_for),
            progress=progress,
            progress_path=progress_path(self.source.path),
            refused=refused,
            clock=self.container.clock,
            is_changed=self.source.is_changed,
            after_list=after_list,
        )
        try:
            with interruption.handled():
                await send()
        except Stopped:
            self._show_sent(progress)
            print_hint("Stopped. The same command goes on where this one ended.")
            return INTERRUPTED
        return self._finish(progress)

    def _finish(self, progress: Progress) -> int:
        self._show_sent(progress)
        if progress.refused:
            print_hint(f"{self.options.refused.name} has the line and the reason of each row that was refused.")
        return FAILED if progress.refused else DONE

    def _show_sent(self, progress: Progress) -> None:
        counts = {"rows done": progress.rows, "accepted": progress.accepted, "refused": progress.refused}
        with paused(self.spinner):
            show_facts({name: f"{count:,}" for name, count in counts.items()})


async def _begun() -> bool:
    """Stand for what the audit trail records: that sending begins."""
    return True


def _checked_facts(checked: CheckedFile, progress: Progress, codes: Counter[str], currency: str) -> dict[str, str]:
    most = checked.countries.most_common(_COUNTRIES)
    others = checked.countries.total() - sum(count for _, count in most)
    countries = [f"{country} {count:,}" for country, count in most] + ([f"others {others:,}"] if others else [])
    each = ", ".join(f"{code} {count:,}" for code, count in codes.most_common())
    facts = {
        "rows": f"{checked.rows:,}",
        "done before": f"{progress.rows:,}" if progress.rows else "",
        "to send": f"{checked.sendable:,}",
        "refused by the check": f"{codes.total():,} ({each})" if codes else "0",
        "segments": f"{checked.segments:,}",
        "expected cost": f"{as_money(checked.cost)} {currency}",
        "countries": ", ".join(countries),
    }
    return {name: value for name, value in facts.items() if value}
