"""Jobs that failed for good."""

from tests.support.queues import take_one


async def test_dead_letters_are_listed_the_oldest_first(tools):
    for number in range(5):
        await tools.queue.bury(await take_one(tools, send=str(number)), why="unsure")

    letters = await tools.dead_letters.list(most=3)
    assert [letter.names["send"] for letter in letters] == ["0", "1", "2"]


async def test_a_dropped_letter_is_gone(tools):
    await tools.queue.bury(await take_one(tools), why="unsure")
    (letter,) = await tools.dead_letters.list()

    assert await tools.dead_letters.drop(letter.id)
    assert not await tools.dead_letters.drop(letter.id)
    assert not await tools.dead_letters.replay(letter.id)
    assert await tools.dead_letters.list() == []


async def test_a_replayed_job_wakes_a_waiting_worker(tools):
    await tools.queue.bury(await take_one(tools, send="7"), why="unsure")
    (letter,) = await tools.dead_letters.list()

    await tools.dead_letters.replay(letter.id)

    (job,) = await tools.queue.take("sends", "w", most=10)
    assert job.fields["send"] == "7"
