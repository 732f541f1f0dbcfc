"""The first pass over a file: check each row, find those that stand twice, and add up what the rest will cost."""

import asyncio
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice

from app.cli.bulk.csv_rows import CsvRow
from app.cli.bulk.hash_set import HashSet
from app.cli.bulk.row_requests import RefusedRow, RowRequests, refuse
from app.domain.errors import OtpError
from app.domain.outgoing_message import NewMessage
from app.domain.sms_segments import measure
from app.services.send_messages import SendMessages

LIST = 50
"""Rows that are read, sent and noted as sent together: as many as one script takes."""


@dataclass(slots=True)
class CheckedFile:
    """What the first pass found; without rows that an earlier run has sent, which count as `rows` only."""

    rows: int = 0
    sendable: int = 0
    segments: int = 0
    cost: int = 0  # expected, in millionths of the currency
    countries: Counter[str] = field(default_factory=Counter)
    duplicates: "array[int]" = field(default_factory=lambda: array("Q"))
    """The places of rows whose number and text stand before, from 0, in order."""


def lists_of(rows: Iterable[CsvRow]) -> Iterator[list[CsvRow]]:
    """Yield the rows in lists; a file always has the same ones."""
    left = iter(rows)
    while taken := list(islice(left, LIST)):
        yield taken


def duplicate(line: int) -> RefusedRow:
    """Return the refusal of a row whose number and text stand before."""
    return RefusedRow(line, "duplicate", "phone_number", "An earlier row has the same number and text.")


async def check_file(
    rows: Iterable[CsvRow],
    requests: RowRequests,
    act: SendMessages,
    *,
    done: int,
    report: Callable[[CheckedFile, list[RefusedRow]], None],
) -> CheckedFile:
    """Check all rows, of which an earlier run has sent the first `done`; `report` is called after each list.

    Limits, blocks, opt-outs and the fraud guard judge a row when it is sent.
    """
    found, seen = CheckedFile(), HashSet()
    for taken in lists_of(rows):
        refused, new = _judge(taken, requests, act)
        for place, row in enumerate(taken, start=found.rows):
            message = new.get(row.line)
            if message is None:
                continue
            if not seen.add(_hash(*message)):
                found.duplicates.append(place)
                refused.append(duplicate(row.line))
            elif place >= done:
                _count(found, message[0])
        found.rows += len(taken)
        report(found, refused if found.rows > done else [])
        await asyncio.sleep(0)  # so that Ctrl-C is heard
    return found


def _judge(
    rows: list[CsvRow], requests: RowRequests, act: SendMessages
) -> tuple[list[RefusedRow], dict[int, tuple[NewMessage, int]]]:
    """Return the rows that are refused, and the others by their line, each with the time when it is due."""
    groups, refused = requests(rows)
    new: dict[int, tuple[NewMessage, int]] = {}
    for group in groups:
        try:
            judged = act.check(group.request)
        except OtpError as error:
            refused += requests.refuse(group, error)
            continue
        for line, one in zip(group.lines, judged, strict=True):
            if isinstance(one, OtpError):
                refused.append(refuse(line, one))
            else:
                new[line] = (one, group.request.send_at)
    return refused, new


def _hash(message: NewMessage, send_at: int) -> int:
    """Return a hash of the number, the text and the time: a reminder may have the same text at two times."""
    text = f"{message.phone.e164}\n{send_at}\n{message.text}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _count(found: CheckedFile, message: NewMessage) -> None:
    found.sendable += 1
    found.cost += message.cost
    found.countries[message.phone.country] += 1
    if not message.is_test:
        found.segments += measure(message.text).segments
