"""A file is sent once: whatever fails, stops or kills a run, each row has one outcome in the end."""

import asyncio
from dataclasses import replace

import pytest

from app.cli.bulk.csv_rows import BadFile
from app.cli.bulk.progress import progress_path
from app.cli.bulk.send_list import REMEMBER_S, Stopped
from app.domain.errors import IdempotencyKeyReused, TemporarilyUnavailable
from tests.support.bulk import Bulk
from tests.support.stores import on_both_stores

pytestmark = on_both_stores
NUMBERS = [f"+316{12_000_000 + number:08d}" for number in range(130)]


class Killed(BaseException):
    """Ends a run as a SIGKILL does: nothing is written after it."""


class FailingAct:
    """The act, whose calls fail before or after they took effect; `failures` are called in turn, None does not fail."""

    def __init__(self, act, *failures, is_after=True):
        self._act, self._failures, self._is_after = act, list(failures), is_after
        self.check = act.check

    async def __call__(self, request):
        failure = self._failures.pop(0) if self._failures else None
        if failure and not self._is_after:
            raise failure
        answer = await self._act(request)
        if failure:
            raise failure
        return answer


def write_rows(bulk, numbers=NUMBERS):
    """Every third row has its own text, so that a list of rows takes one request or many."""
    bulk.write(*(f"{number},{'Hello' if place % 3 else place}" for place, number in enumerate(numbers)))


async def test_each_row_is_accepted_once(bulk):
    write_rows(bulk)

    await bulk.send()

    assert await bulk.sent_numbers() == NUMBERS
    assert (bulk.progress.rows, bulk.progress.accepted, bulk.progress.refused) == (130, 130, 0)
    assert bulk.progress.state == "finished"
    assert bulk.refused == []


async def test_refused_rows_are_listed_by_line_and_the_others_are_sent(bulk):
    write_rows(bulk, [NUMBERS[0], "+31201234567", NUMBERS[1], NUMBERS[1], *NUMBERS[2:120], NUMBERS[5]])
    bulk.path.write_text(bulk.path.read_text().replace(f"{NUMBERS[1]},3", f"{NUMBERS[1]},Hello"))

    await bulk.send()

    assert bulk.refused == [(3, "invalid_phone_number"), (5, "duplicate")] + [
        (124, "duplicate") for _ in range(bulk.progress.refused - 2)
    ]
    assert bulk.progress.accepted + bulk.progress.refused == bulk.progress.rows == 123
    assert len(await bulk.sent_numbers()) == bulk.progress.accepted


@pytest.mark.parametrize("calls", [0, 17, 40])
@pytest.mark.parametrize("is_after", [True, False], ids=["after the call", "before the call"])
async def test_killed_run_is_continued_without_a_gap_and_without_a_second_message(bulk, calls, is_after):
    """Redis may have the list of which the progress does not know."""
    write_rows(bulk, ["+31201234567", *NUMBERS])
    failing = FailingAct(bulk.container.send_messages, *[None] * calls, Killed(), is_after=is_after)

    with pytest.raises(Killed):
        await bulk.send(failing)
    await bulk.send()

    assert await bulk.sent_numbers() == NUMBERS
    assert (bulk.progress.accepted, bulk.progress.refused) == (130, 1)
    assert bulk.refused == [(2, "invalid_phone_number")]


async def test_lost_progress_sends_nothing_again(bulk):
    write_rows(bulk)
    await bulk.send()
    progress_path(bulk.path).unlink()

    await bulk.send()

    assert await bulk.sent_numbers() == NUMBERS
    assert bulk.progress.accepted == 130


async def test_rows_that_a_kill_leaves_unsure_are_not_sent_once_redis_has_forgotten_them(bulk, clock):
    write_rows(bulk)
    failing = FailingAct(bulk.container.send_messages, *[None] * 30, Killed())
    with pytest.raises(Killed):
        await bulk.send(failing)
    clock.tick(seconds=REMEMBER_S + 1)

    await bulk.send()

    assert {code for _, code in bulk.refused} == {"may_be_sent"}
    assert len(bulk.refused) == 50
    assert bulk.progress.accepted + bulk.progress.refused == 130


async def test_stopped_run_leaves_no_row_unsure(bulk, clock):
    """However long it rests."""
    write_rows(bulk)

    async def stop(progress):
        if progress.rows >= 100:
            raise Stopped

    with pytest.raises(Stopped):
        await bulk.send(after_list=stop)
    assert (bulk.progress.state, bulk.progress.rows) == ("stopped", 100)
    clock.tick(seconds=REMEMBER_S + 1)

    await bulk.send()

    assert bulk.progress.accepted == 130


@pytest.mark.parametrize("is_after", [True, False], ids=["after the call", "before the call"])
async def test_redis_that_is_away_gives_no_row_up(bulk, is_after):
    write_rows(bulk)
    away = [TemporarilyUnavailable() for _ in range(50)] + [TemporarilyUnavailable(), None] * 20
    bulk.while_waiting = lambda: asyncio.sleep(0)

    await bulk.send(FailingAct(bulk.container.send_messages, *away, is_after=is_after))

    assert await bulk.sent_numbers() == NUMBERS
    assert bulk.progress.accepted == 130
    assert {code for code, _ in bulk.waits} == {"temporarily_unavailable"}


async def test_waits_grow_to_half_a_minute(bulk):
    bulk.write(f"{NUMBERS[0]},Hello")
    bulk.while_waiting = lambda: asyncio.sleep(0)

    await bulk.send(FailingAct(bulk.container.send_messages, *[TemporarilyUnavailable()] * 8))

    assert [seconds for _, seconds in bulk.waits] == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize("limit", ["7/min", "53/min", "60/min"])
async def test_limit_of_the_app_is_waited_for_and_a_kill_meanwhile_sends_nothing_twice(
    make_container, tmp_path, clock, limit
):
    async with make_container(limit_sends_per_app=limit) as container:
        bulk = Bulk(container, tmp_path / "rows.csv")
        write_rows(bulk)

        async def wait():
            if len(bulk.waits) % 5 == 4:
                raise Killed
            clock.tick(seconds=61)

        bulk.while_waiting = wait
        for _ in range(100):
            try:
                await bulk.send()
            except Killed:
                continue
            break

        assert await bulk.sent_numbers() == NUMBERS
        assert (bulk.progress.accepted, bulk.progress.refused) == (130, 0)
        assert {code for code, _ in bulk.waits} == {"rate_limited"}


async def test_full_queue_is_waited_for(bulk, redis, key):
    """Half of a list was accepted before it was full; the rest goes on under another key."""
    write_rows(bulk)
    real = bulk.container.send_messages
    outgoing = real.outgoing

    class Filling:
        """Has room for a part of each call at first."""

        def __init__(self):
            self.room = [3, 0, 1]

        async def save(self, batch):
            if not self.room or len(batch.messages) < 2:
                return await outgoing.save(batch)
            room = self.room.pop(0)
            part = replace(batch, messages=batch.messages[:room])
            saved = await outgoing.save(part) if room else []
            return saved + [TemporarilyUnavailable() for _ in batch.messages[room:]]

    bulk.while_waiting = lambda: asyncio.sleep(0)

    await bulk.send(replace(real, outgoing=Filling()))

    assert await bulk.sent_numbers() == NUMBERS
    assert bulk.progress.accepted == 130


async def test_limit_of_a_number_refuses_its_row(make_container, tmp_path):
    async with make_container(limit_messages_per_number="1/h") as container:
        bulk = Bulk(container, tmp_path / "rows.csv")
        bulk.write(f"{NUMBERS[0]},One", f"{NUMBERS[0]},Two", f"{NUMBERS[1]},One")

        await bulk.send()

    assert len(bulk.refused) == 1
    assert bulk.refused[0][1] == "rate_limited"


async def test_blocked_number_refuses_its_row(bulk):
    numbers, encryption = bulk.container.numbers, bulk.container.store.encryption
    await numbers.block(encryption.name_number(NUMBERS[1]))
    bulk.write(f"{NUMBERS[0]},Hello", f"{NUMBERS[1]},Hello")

    await bulk.send()

    assert bulk.refused == [(3, "destination_blocked")]


async def test_list_that_the_settings_have_changed_meanwhile_is_refused(bulk):
    bulk.write(f"{NUMBERS[0]},Hello")

    await bulk.send(FailingAct(bulk.container.send_messages, IdempotencyKeyReused(), is_after=False))

    assert bulk.refused == [(2, "idempotency_key_reused")]


async def test_file_that_changes_while_it_is_sent_ends_the_run(bulk):
    write_rows(bulk)

    async def change(progress):
        bulk.path.write_text(bulk.path.read_text().replace("Hello", "Bye"))

    with pytest.raises(BadFile, match="was changed while it was sent"):
        await bulk.send(after_list=change)

    assert bulk.progress.rows == 50
