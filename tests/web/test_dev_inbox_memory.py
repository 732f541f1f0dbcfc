"""The memory of the developer's inbox."""

import asyncio
from itertools import count

from app.web.dev_inbox_memory import MAX_KEPT, MAX_LISTENERS


def arrive(inbox, number, *, to="+31612345678"):
    return inbox.receive(to=to, text=f"SMS {number}", message_id=f"m{number}", id=f"v{number}")


def after_looks(looks):
    """Stop listening at the given look, so that a test ends without waiting."""
    seen = count()
    return lambda: next(seen) >= looks


async def listening(inbox, **how):
    """Start a listener and wait until it really listens."""
    listener = inbox.listen(**how)
    first = asyncio.ensure_future(anext(listener))
    await asyncio.sleep(0)
    return listener, first


def test_the_newest_sms_is_first(inbox):
    arrive(inbox, 1)
    arrive(inbox, 2)

    assert [sms.text for sms in inbox.messages()] == ["SMS 2", "SMS 1"]


def test_the_clock_tells_when_an_sms_arrived(inbox):
    assert arrive(inbox, 1).at < arrive(inbox, 2).at


def test_only_the_last_200_are_kept(inbox):
    for number in range(MAX_KEPT + 1):
        arrive(inbox, number)

    assert len(inbox.messages()) == 200
    assert inbox.messages()[-1].text == "SMS 1"


def test_one_number_sees_only_its_own(inbox):
    arrive(inbox, 1, to="+31612345678")
    arrive(inbox, 2, to="+4915112345678")

    assert [sms.text for sms in inbox.messages("+31612345678")] == ["SMS 1"]


def test_an_sms_prints_neither_its_text_nor_its_number(inbox):
    printed = repr(arrive(inbox, 1))

    assert "SMS 1" not in printed
    assert "612345678" not in printed


async def test_every_listener_gets_what_arrives(inbox):
    (one, first_of_one), (two, first_of_two) = await listening(inbox), await listening(inbox)

    sent = arrive(inbox, 1)

    assert await first_of_one == await first_of_two == sent
    await one.aclose()
    await two.aclose()


async def test_a_listener_hears_nothing_of_the_past_unless_it_asks(inbox):
    arrive(inbox, 1)
    listener, first = await listening(inbox)

    new = arrive(inbox, 2)

    assert await first == new
    await listener.aclose()


async def test_who_comes_back_gets_what_was_missed(inbox):
    for number in (1, 2, 3):
        arrive(inbox, number)

    assert [sms.id async for sms in inbox.listen(after="v1", until=after_looks(2))] == ["v2", "v3"]


async def test_who_saw_an_sms_that_is_not_kept_any_more_gets_everything(inbox):
    """So does a page that was just opened, and one that outlived the server."""
    arrive(inbox, 1)
    arrive(inbox, 2)

    assert [sms.id async for sms in inbox.listen(after="", until=after_looks(2))] == ["v1", "v2"]


async def test_a_listener_that_lags_behind_loses_the_oldest(inbox):
    listener, first = await listening(inbox)
    arrive(inbox, 0)
    await first
    for number in range(1, MAX_KEPT + 2):
        arrive(inbox, number)

    assert (await anext(listener)).id == "v2"
    await listener.aclose()


async def test_the_hundred_and_first_listener_is_told_nothing_until_another_leaves(inbox):
    listeners = [await listening(inbox) for _ in range(MAX_LISTENERS)]

    assert [sms async for sms in inbox.listen(after="")] == []

    arrive(inbox, 1)
    for listener, first in listeners:
        await first
        await listener.aclose()
    assert [sms.id async for sms in inbox.listen(after="", until=after_looks(1))] == ["v1"]
