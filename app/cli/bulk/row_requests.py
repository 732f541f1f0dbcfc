"""Turn the rows of a file into requests: rows of the same content share one, as if sent to `POST /v1/messages`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from app.api.message_requests import MessageBody
from app.cli.bulk.columns import Columns
from app.cli.bulk.csv_rows import CsvRow
from app.domain.errors import InvalidRequest, OtpError
from app.domain.outgoing_message import MessageRequest
from app.domain.phone_number import parse_phone_number
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

    def refuse(self, group: RowGroup, error: OtpError) -> list[RefusedRow]:
        """Refuse all rows of a group for their content, and those whose number is wrong for that too."""
        request = group.request
        also = [self._error_of(number, request.country) for number in request.recipients]
        return [refuse(line, error, one) for line, one in zip(group.lines, also, strict=True)]

    def _error_of(self, number: str, country: str | None) -> OtpError | None:
        policy, day = self.call.app.policy, datetime.fromtimestamp(self.clock(), UTC).date()

        def is_test_number(e164: str) -> bool:
            return policy.test_number(e164, day) is not None

        try:
            parse_phone_number(number, country and country.upper(), policy.numbers, is_test_number=is_test_number)
        except OtpError as error:
            return error
        return None

    def _request(self, content: str, group: _Group, refused: list[RefusedRow]) -> RowGroup | None:
        """Validate a group by the model of the API; rows that it refuses are appended to `refused`."""
        try:
            body = MessageBody.model_validate({**group.fields, "to": group.numbers})
            return RowGroup(group.lines, body.to_request(self.call, self.clock()), content)
        except InvalidRequest as error:
            refused += [
                refuse(line, error, self._error_of(number, group.fields.get("country")))
                for line, number in zip(group.lines, group.numbers, strict=True)
            ]
            return None
        except ValidationError as error:
            failures = error.errors(include_url=False, include_context=False, include_input=False)
        shared = [one for one in failures if not _is_of_a_number(one)]
        is_country_wrong = any(one["loc"] == ("country",) for one in shared)
        for place, (line, number) in enumerate(zip(group.lines, group.numbers, strict=True)):
            own = [one for one in failures if _is_of_a_number(one) and one["loc"][1] == place]
            if shared or own:
                also = None if own or is_country_wrong else self._error_of(number, group.fields.get("country"))
                refused.append(refuse(line, invalid_request([*own, *shared]), also))
        wrong = {one["loc"][1] for one in failures if _is_of_a_number(one)}
        rest = [place for place in range(len(group.lines)) if place not in wrong]
        if shared or not rest:
            return None
        kept = _Group(group.fields, [group.lines[at] for at in rest], [group.numbers[at] for at in rest])
        return self._request(content, kept, refused)


def refuse(line: int, error: OtpError, also: OtpError | None = None) -> RefusedRow:
    """Return a refused row, with a reason for each field that is wrong; `also` is the error of its number."""
    reasons = [*(_reasons(also) if also else []), *_reasons(error)]
    columns = " ".join(dict.fromkeys(column for column, _ in reasons if column))
    detail = "; ".join(f"{column}: {reason}" if column else reason for column, reason in reasons)
    return RefusedRow(line, error.code, columns, detail)


def _reasons(error: OtpError) -> list[tuple[str, str]]:
    """Return each column that is wrong, with the reason."""
    if isinstance(error, InvalidRequest):
        return [(_column(one.get("pointer", "")), one["detail"]) for one in error.errors]
    return [("", str(error))]


def _is_of_a_number(failure: Mapping[str, Any]) -> bool:
    return failure["loc"][:1] == ("to",) and len(failure["loc"]) > 1


def _column(pointer: str) -> str:
    """Return the column of a JSON Pointer into the body; that of the number has two names, and is the first here."""
    if pointer.startswith(("/to", "/phone_number")):
        return "phone_number"
    return pointer.removeprefix("/values/").removeprefix("/")
