"""Send one list of rows, and repeat what is refused for the moment, until each row has an outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from app.cli.bulk.csv_rows import CsvRow
from app.cli.bulk.row_requests import RefusedRow, RowGroup, RowRequests, refuse
from app.domain.errors import OtpError, RateLimited, TemporarilyUnavailable
from app.domain.limit_entry import Fact
from app.domain.limits import REDIS_LIMITS
from app.domain.outgoing_message import AcceptedMessage, Recipient
from app.domain.request_context import IdempotencyScope
from app.services.send_messages import SendMessages

REMEMBER_S = 3 * 86_400
"""How long Redis remembers a list: a run that was killed on Friday is continued on Monday, and sends nothing twice."""

_LONGEST_WAIT_S = 30
_APP_LIMITS = frozenset(entry.name for entry in REDIS_LIMITS if entry.fact is Fact.APP)

Wait = Callable[[OtpError, float], Awaitable[None]]
"""Waits so many seconds for a reason; raises `Stopped` when the operator ends the run."""


class Stopped(Exception):
    """The operator ends the run."""


@dataclass(slots=True)
class ListOutcome:
    """What became of a list: how many rows were accepted, and which were refused."""

    accepted: int = 0
    refused: list[RefusedRow] = field(default_factory=list)


@dataclass(slots=True, repr=False)
class _Pending:
    """Rows whose outcome is unknown; `key` names the list, and changes when a part of it was accepted."""

    group: RowGroup
    first: int
    part: int = 0

    @property
    def key(self) -> str:
        return f"{self.first}|{self.part}"


@dataclass(frozen=True, slots=True)
class SendList:
    """Sends lists of one file; `scope` is the file's own, so that a repeated list gets its first answer."""

    act: SendMessages
    requests: RowRequests
    scope: str
    wait: Wait

    async def __call__(self, rows: Sequence[CsvRow]) -> ListOutcome:
        """Send at most 50 rows; waits for Redis, for a full queue and for a spent limit of the app.

        Raises `Stopped`; the rows may then be sent again in a later run, which repeats the same keys.
        """
        groups, refused = self.requests(rows)
        outcome = ListOutcome(refused=refused)
        pending = [_Pending(group, group.lines[0]) for group in groups]
        waits = 0
        while pending:
            accepted = outcome.accepted
            answers = await asyncio.gather(*(self._send(one) for one in pending))
            left: list[_Pending] = []
            reasons: list[OtpError] = []
            for one, answer in zip(pending, answers, strict=True):
                if isinstance(answer, OtpError) and not isinstance(answer, TemporarilyUnavailable):
                    outcome.refused += self.requests.refuse(one.group, answer)
                elif again := _settle(one, answer, outcome):
                    left.append(again[0])
                    reasons.append(again[1])
            pending = left
            # Where a part was accepted, this may be the answer to an earlier run, and there is room by now.
            if pending and outcome.accepted == accepted:
                reason = max(reasons, key=lambda error: error.retry_after or 0)
                await self.wait(reason, min(_LONGEST_WAIT_S, max(2**waits, reason.retry_after or 1)))
                waits = min(waits + 1, 5)
        return outcome

    async def _send(self, one: _Pending) -> list[Recipient] | OtpError:
        request = one.group.request
        body = f"{one.group.content}\n{' '.join(request.recipients)}"
        idempotency = IdempotencyScope(f"{self.scope}|{one.key}", body, seconds=REMEMBER_S)
        try:
            return await self.act(replace(request, call=replace(request.call, idempotency=idempotency)))
        except OtpError as error:
            return error


def _settle(
    one: _Pending, answer: list[Recipient] | TemporarilyUnavailable, outcome: ListOutcome
) -> tuple[_Pending, OtpError] | None:
    """Add what has become of the rows to `outcome`; return those to send again, and why they must wait.

    Where nothing was accepted, the store keeps no answer for the key: the same rows are sent under it again. Else the
    rest is a separate list, whose key a later run will use again.
    """
    if isinstance(answer, TemporarilyUnavailable):
        return one, answer
    lines = one.group.lines
    waiting = [place for place, each in enumerate(answer) if (error := _error_of(each)) and _passes(error)]
    accepted = sum(isinstance(each, AcceptedMessage) for each in answer)
    if waiting and not accepted:
        return one, _error_of(answer[waiting[0]]) or TemporarilyUnavailable()
    outcome.accepted += accepted
    for place, (line, each) in enumerate(zip(lines, answer, strict=True)):
        if (error := _error_of(each)) and place not in waiting:
            outcome.refused.append(refuse(line, error))
    if not waiting:
        return None
    request = replace(one.group.request, recipients=[one.group.request.recipients[place] for place in waiting])
    rest = RowGroup([lines[place] for place in waiting], request, one.group.content)
    return _Pending(rest, one.first, one.part + 1), _error_of(answer[waiting[0]]) or TemporarilyUnavailable()


def _error_of(recipient: Recipient) -> OtpError | None:
    return None if isinstance(recipient, AcceptedMessage) else recipient.error


def _passes(error: OtpError) -> bool:
    """Return whether a refusal concerns all rows alike and ends with time: a full queue, or a limit of the app."""
    if isinstance(error, RateLimited):
        return error.limit in _APP_LIMITS
    return isinstance(error, TemporarilyUnavailable)
