"""replay_job: move a dead letter back to its stream."""

import asyncio

import pytest

from tests.support.queues import add_and_take_job


@pytest.mark.parametrize("which", ["sends", "messages", "reports"])
async def test_one_of_many_racing_operators_replays(container, which):
    """Only one SMS is sent."""
    await container.queue.bury(await add_and_take_job(container, which=which, tries="9"), why="unsure")
    (letter,) = await container.dead_letters.list()

    answers = await asyncio.gather(*(container.dead_letters.replay(letter.id) for _ in range(20)))

    assert answers.count(True) == 1
    (job,) = await container.queue.take(which, "w", most=10)
    replayed = {"replayed": "1"} if which != "reports" else {}  # earlier refusals by gateways no longer count
    assert (job.fields, job.tries) == ({"verification": "vf_1", "send": "1", **replayed}, 0)
    assert await container.dead_letters.list() == []


async def test_racing_replay_and_drop_do_not_both_succeed(container):
    await container.queue.bury(await add_and_take_job(container), why="unsure")
    (letter,) = await container.dead_letters.list()

    replayed, dropped = await asyncio.gather(
        container.dead_letters.replay(letter.id), container.dead_letters.drop(letter.id)
    )

    assert replayed != dropped


@pytest.mark.parametrize("id", ["1-0", "0", "nonsense", "", "-", "+", "1-0 x"])
async def test_unknown_dead_letter_is_not_replayed(container, id):
    """Operators mistype ids."""
    await container.queue.bury(await add_and_take_job(container), why="unsure")

    assert not await container.dead_letters.replay(id)
    assert not await container.dead_letters.drop(id)
    assert len(await container.dead_letters.list()) == 1
