"""Jobs that failed for good."""

from tests.support.queues import take_one


async def test_dead_letters_are_listed_the_oldest_first(container):
    for number in range(5):
        await container.queue.bury(await take_one(container, send=str(number)), why="unsure")

    letters = await container.dead_letters.list(most=3)
    assert [letter.names["send"] for letter in letters] == ["0", "1", "2"]


async def test_a_dropped_letter_is_gone(container):
    await container.queue.bury(await take_one(container), why="unsure")
    (letter,) = await container.dead_letters.list()

    assert await container.dead_letters.drop(letter.id)
    assert not await container.dead_letters.drop(letter.id)
    assert not await container.dead_letters.replay(letter.id)
    assert await container.dead_letters.list() == []


async def test_a_replayed_job_wakes_a_waiting_worker(container):
    await container.queue.bury(await take_one(container, send="7"), why="unsure")
    (letter,) = await container.dead_letters.list()

    await container.dead_letters.replay(letter.id)

    (job,) = await container.queue.take("sends", "w", most=10)
    assert job.fields["send"] == "7"
