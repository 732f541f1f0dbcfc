"""replay_job: another life for a dead letter."""

import asyncio

import pytest

from tests.support.queues import take_one


@pytest.mark.parametrize("which", ["sends", "reports"])
async def test_of_racing_operators_one_replays(container, which):
    """One SMS is enough."""
    await container.queue.bury(await take_one(container, which=which, tries="9"), why="unsure")
    (letter,) = await container.dead_letters.list()

    answers = await asyncio.gather(*(container.dead_letters.replay(letter.id) for _ in range(20)))

    assert answers.count(True) == 1
    (job,) = await container.queue.take(which, "w", most=10)
    replayed = {"replayed": "1"} if which == "sends" else {}  # what gateways refused before counts no more
    assert (job.fields, job.tries) == ({"verification": "vf_1", "send": "1", **replayed}, 0)
    assert await container.dead_letters.list() == []


async def test_replay_or_drop_but_not_both(container):
    await container.queue.bury(await take_one(container), why="unsure")
    (letter,) = await container.dead_letters.list()

    replayed, dropped = await asyncio.gather(
        container.dead_letters.replay(letter.id), container.dead_letters.drop(letter.id)
    )

    assert replayed != dropped


@pytest.mark.parametrize("id", ["1-0", "0", "nonsense", "", "-", "+", "1-0 x"])
async def test_a_letter_that_is_not_there_is_not_replayed(container, id):
    """Operators mistype."""
    await container.queue.bury(await take_one(container), why="unsure")

    assert not await container.dead_letters.replay(id)
    assert not await container.dead_letters.drop(id)
    assert len(await container.dead_letters.list()) == 1
