"""The second pass over a file: send its rows list by list, and store the progress after each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from app.cli.bulk.check import CheckedFile, duplicate, lists_of
from app.cli.bulk.csv_rows import BadFile, CsvRow, CsvRows
from app.cli.bulk.progress import Progress, write_progress
from app.cli.bulk.refused_file import RefusedFile
from app.cli.bulk.row_requests import RefusedRow
from app.cli.bulk.send_list import REMEMBER_S, ListOutcome, SendList, Stopped

_UNSURE = "A run that was killed more than three days ago may have sent it: find out, and send it by itself."


@dataclass(slots=True)
class SendFile:
    """Sends the rows of a checked file that no earlier run has sent."""

    rows: CsvRows
    checked: CheckedFile
    send_list: SendList
    progress: Progress
    progress_path: Path
    refused: RefusedFile
    clock: Callable[[], float]  # seconds since 1970
    is_changed: Callable[[], bool]
    """Returns whether the file is another one than the one that was checked."""

    after_list: Callable[[Progress], Awaitable[None]]
    """Shows the progress and slows down; raises `Stopped` when the operator ends the run."""

    async def __call__(self) -> None:
        """Send all lists. Raises `Stopped` and `BadFile`; what was sent until then is noted."""
        done, place = self.progress.rows, 0
        was_killed = self.progress.state == "sending" and self.progress.at > 0
        is_stale = was_killed and self.clock() - self.progress.at > REMEMBER_S
        if not was_killed:
            self._note("sending")
        duplicates = iter(self.checked.duplicates)
        next_duplicate = next(duplicates, None)
        for taken in lists_of(self.rows):
            first, place = place, place + len(taken)
            twice: list[CsvRow] = []
            while next_duplicate is not None and next_duplicate < place:
                twice.append(taken[next_duplicate - first])
                next_duplicate = next(duplicates, None)
            if place <= done:
                continue
            if self.is_changed():
                raise BadFile("The file was changed while it was sent. Restore it, and start the command again.")
            outcome = _leave_out(taken) if is_stale else await self._send(taken, twice)
            is_stale = False
            self._add(outcome, place)
            await self._after()
        self._note("finished")

    async def _after(self) -> None:
        try:
            await self.after_list(self.progress)
        except Stopped:
            self._note("stopped")
            raise

    async def _send(self, taken: list[CsvRow], twice: list[CsvRow]) -> ListOutcome:
        left_out = {row.line for row in twice}
        outcome = await self.send_list([row for row in taken if row.line not in left_out])
        outcome.refused += [duplicate(row.line) for row in twice]
        return outcome

    def _add(self, outcome: ListOutcome, rows: int) -> None:
        self.progress.rows = rows
        self.progress.accepted += outcome.accepted
        self.progress.refused += len(outcome.refused)
        self.progress.refused_bytes = self.refused.add(outcome.refused)
        self._note("sending")

    def _note(self, state: str) -> None:
        self.progress.state = state
        write_progress(self.progress_path, self.progress, now=self.clock())


def _leave_out(taken: list[CsvRow]) -> ListOutcome:
    """Return the outcome of a list that Redis has forgotten, and that may have been sent."""
    return ListOutcome(refused=[RefusedRow(row.line, "may_be_sent", "", _UNSURE) for row in taken])
