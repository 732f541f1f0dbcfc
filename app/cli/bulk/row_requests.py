"""Turn the rows of a file into requests: rows of the same content share one, as if sent to `POST /v1/messages`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from app.api.message_requests import MessageBody
from app.cli.bulk.columns import Columns
from app.cli.bulk.csv_rows import CsvRow
from app.domain.errors import InvalidRequest, OtpError
from app.domain.outgoing_message import MessageRequest
from app.domain.request_context import RequestContext
from app.http.problems import invalid_request


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not sent: its line, the code of the error, the columns that are wrong, and why; without a cell."""

    line: int
    code: str
    columns: str
    detail: str


@dataclass(slots=True, repr=False)
class RowGroup:
    """Rows of the same content: the line of each, and their request, with a recipient for each line."""

    lines: Sequence[int]
    request: MessageRequest
    content: str  # what they share, as text


@dataclass(slots=True, repr=False)
class _Group:
    fields: Mapping[str, Any]
    lines: list[int] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RowRequests:
    """Reads rows by the columns of their file; `clock` returns seconds since 1970."""

    columns: Columns
    call: RequestContext
    clock: Callable[[], float]

    def __call__(self, rows: Sequence[CsvRow]) -> tuple[list[RowGroup], list[RefusedRow]]:
        """Return the requests of at most 1,000 rows, and the rows that cannot be one."""
        refused: list[RefusedRow] = []
        groups: dict[str, _Group] = {}
        for row in rows:
            if row.error:
                refused.append(RefusedRow(row.line, "unreadable_row", "", row.error))
                continue
            fields = self.columns.fields_of(row.cells)
            group = groups.setdefault(repr(fields), _Group(fields))
            group.lines.append(row.line)
            group.numbers.append(row.cells[self.columns.number].strip())
        found = [self._request(content, group, refused) for content, group in groups.items()]
        return [group for group in found if group], refused

    def _request(self, content: str, group: _Group, refused: list[RefusedRow]) -> RowGroup | None:
        """Validate a group by the model of the API; rows that it refuses are appended to `refused`."""
        try:
            body = MessageBody.model_validate({**group.fields, "to": group.numbers})
            return RowGroup(group.lines, body.to_request(self.call, self.clock()), content)
        except InvalidRequest as error:
            refused += [refuse(line, error) for line in group.lines]
            return None
        except ValidationError as error:
            failures = error.errors(include_url=False, include_context=False, include_input=False)
        shared = [one for one in failures if not _is_of_a_number(one)]
        for place, line in enumerate(group.lines):
            own = [one for one in failures if _is_of_a_number(one) and one["loc"][1] == place]
            if shared or own:
                refused.append(refuse(line, invalid_request([*own, *shared])))
        wrong = {one["loc"][1] for one in failures if _is_of_a_number(one)}
        rest = [place for place in range(len(group.lines)) if place not in wrong]
        if shared or not rest:
            return None
        kept = _Group(group.fields, [group.lines[at] for at in rest], [group.numbers[at] for at in rest])
        return self._request(content, kept, refused)


def refuse(line: int, error: OtpError) -> RefusedRow:
    """Return a refused row, with a reason for each field that is wrong."""
    reasons = [("", str(error))]
    if isinstance(error, InvalidRequest):
        reasons = [(_column(one.get("pointer", "")), one["detail"]) for one in error.errors]
    columns = " ".join(dict.fromkeys(column for column, _ in reasons if column))
    detail = "; ".join(f"{column}: {reason}" if column else reason for column, reason in reasons)
    return RefusedRow(line, error.code, columns, detail)


def _is_of_a_number(failure: Mapping[str, Any]) -> bool:
    return failure["loc"][:1] == ("to",) and len(failure["loc"]) > 1


def _column(pointer: str) -> str:
    """Return the column of a JSON Pointer into the body; that of the number has two names, and is the first here."""
    if pointer.startswith(("/to", "/phone_number")):
        return "phone_number"
    return pointer.removeprefix("/values/").removeprefix("/")
