"""The events of the fraud guard: each type once for a country or a block and hour, with a count."""

import asyncio

import pytest

from app.domain.errors import DestinationBlocked
from tests.support.actions import start_verification
from tests.support.event_receiver import Receiver, deliver_due, event_apps
from tests.support.stores import ENGINE, on_both_stores

STORE = ENGINE

pytestmark = on_both_stores
NEW_COUNTRY = 20  # SMS of 0.10 that a country without approvals may cost


@pytest.fixture
def open_guarded(make_container):
    """Open a container whose guard challenges browsers, and whose endpoint wants these types."""

    def make(receiver, *types):
        return make_container(
            guard="enforce",
            human_check="altcha",
            human_check_when="suspicious",
            apps=event_apps(receiver.url, types=types),
        )

    return make


async def browse(container, *blocks):
    """Ask from a browser for a code to a number of each block; what is challenged is given up."""
    for block in blocks:
        asked = start_verification(container, f"+316{1000 + block}5678", is_backend=False)
        await asyncio.gather(asked, return_exceptions=True)


async def block_once(container):
    with pytest.raises(DestinationBlocked):
        await start_verification(container, "+31610009999")


async def test_a_country_has_one_event_an_hour_with_a_count(open_guarded, clock):
    async with Receiver() as receiver, open_guarded(receiver, "guard.challenged") as container:
        await browse(container, *range(NEW_COUNTRY + 5))
        clock.tick(seconds=3599)
        await browse(container, 90)
        clock.tick(seconds=1)
        await browse(container, 91)
        await deliver_due(container)

    assert [(event["data"]["country"], event["data"]["count"]) for event in receiver.events] == [("NL", 1), ("NL", 6)]


async def test_a_block_has_its_event_a_minute_after_that_of_a_challenge(open_guarded, clock):
    async with Receiver() as receiver, open_guarded(receiver, "guard.challenged", "guard.blocked") as container:
        await browse(container, *range(NEW_COUNTRY + 1))
        clock.tick(seconds=60)
        await block_once(container)
        await deliver_due(container)

    assert receiver.types == ["guard.challenged", "guard.blocked"]


async def test_an_unwanted_event_of_a_challenge_hides_none_of_a_block(open_guarded):
    async with Receiver() as receiver, open_guarded(receiver, "guard.blocked") as container:
        await browse(container, *range(NEW_COUNTRY + 1))
        await block_once(container)
        await deliver_due(container)

    (event,) = receiver.events
    assert (event["type"], event["data"]["count"]) == ("guard.blocked", 1)
