"""Dead letters: list, drop and replay jobs that failed permanently."""

from tests.support.queues import add_and_take_job


async def test_dead_letters_are_listed_oldest_first(container):
    for number in range(5):
        await container.queue.bury(await add_and_take_job(container, send=str(number)), why="unsure")

    letters = await container.dead_letters.list(most=3)
    assert [letter.names["send"] for letter in letters] == ["0", "1", "2"]


async def test_dropped_dead_letter_cannot_be_dropped_or_replayed_again(container):
    await container.queue.bury(await add_and_take_job(container), why="unsure")
    (letter,) = await container.dead_letters.list()

    assert await container.dead_letters.drop(letter.id)
    assert not await container.dead_letters.drop(letter.id)
    assert not await container.dead_letters.replay(letter.id)
    assert await container.dead_letters.list() == []


async def test_replayed_job_is_taken_by_a_worker(container):
    await container.queue.bury(await add_and_take_job(container, send="7"), why="unsure")
    (letter,) = await container.dead_letters.list()

    await container.dead_letters.replay(letter.id)

    (job,) = await container.queue.take("sends", "w", most=10)
    assert job.fields["send"] == "7"


async def test_dead_letters_of_verifications_and_messages_are_found_among_many(container, redis, key):
    """They are read in pages of a thousand."""
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(2100):
            pipe.xadd(key("dead"), {"verification": f"vf_{number}", "send": "1", "queue": "sends", "why": "silent"})
        pipe.xadd(key("dead"), {"message": "ms_1", "send": "1", "queue": "messages", "why": "unreachable"})
        pipe.xadd(key("dead"), {"reference": "ms_1", "queue": "reports", "why": "bug"})
        await pipe.execute()

    letters = await container.dead_letters.of({"vf_7", "vf_2050", "ms_1", "vf_none"})

    assert [letter.record for letter in letters] == ["vf_7", "vf_2050", "ms_1"]
