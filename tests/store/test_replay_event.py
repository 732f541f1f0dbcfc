"""replay_event: queue a dead event again, and switch its endpoint on."""

import asyncio

import pytest

from tests.support.actions import start_verification
from tests.support.builders import PHONE
from tests.support.event_receiver import event_apps, state_of, take


@pytest.fixture
async def container(make_container):
    """One event, with a whole number, is dead, and its endpoint is switched off."""
    async with make_container(apps=event_apps(types=["verification.requested"], whole_number=True)) as container:
        await start_verification(container)
        (event,) = await take(container)
        await container.deliver_event.deliveries.settle(event, "failed", why="http_410", is_gone=True)
        yield container


async def test_racing_operators_replay_an_event_once(container):
    (dead,) = await container.event_dead_letters.oldest()

    replayed = await asyncio.gather(*(container.event_dead_letters.replay(dead.id) for _ in range(20)))

    assert replayed.count(True) == 1
    assert len(await take(container)) == 1


async def test_a_replayed_event_has_its_number_its_id_and_all_its_tries(container):
    (dead,) = await container.event_dead_letters.oldest()
    await container.event_dead_letters.replay(dead.id)

    (event,) = await take(container)

    assert (event.whole_number, event.tries, event.off) == (PHONE, 0, "")
    assert event.subject == dead.subject
    assert (await state_of(container)).off == ""
    assert await container.event_dead_letters.oldest() == []


@pytest.mark.parametrize("id", ["", "x", "1-1", "9" * 30, "1795000000000-0"])
async def test_an_unknown_event_is_not_replayed(container, id):
    assert not await container.event_dead_letters.replay(id)


async def test_a_forgotten_number_is_masked_in_a_replayed_event(container):
    name = container.store.encryption.name_number(PHONE)
    await container.numbers.forget("dev", name)
    (dead,) = await container.event_dead_letters.oldest()
    await container.event_dead_letters.replay(dead.id)

    (event,) = await take(container)

    assert (event.whole_number, event.data(event.type)["phone_number"]) == ("", "+31*******78")
