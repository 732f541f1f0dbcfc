"""The in-memory store of the developer's inbox: order, capacity, listeners."""

import asyncio
from itertools import count

from app.web.dev_inbox_memory import MAX_LISTENERS, MAX_STORED


def receive(inbox, number, *, to="+31612345678"):
    return inbox.receive(to=to, text=f"SMS {number}", message_id=f"m{number}", id=f"v{number}")


def after_checks(checks):
    """Return an `until` that stops at the given check, so that a test ends without waiting."""
    calls = count()
    return lambda: next(calls) >= checks


async def start_listener(inbox, **options):
    """Start a listener and wait until it is registered."""
    listener = inbox.listen(**options)
    first = asyncio.ensure_future(anext(listener))
    await asyncio.sleep(0)
    return listener, first


def test_messages_are_newest_first(inbox):
    receive(inbox, 1)
    receive(inbox, 2)

    assert [sms.text for sms in inbox.messages()] == ["SMS 2", "SMS 1"]


def test_sms_is_stamped_by_the_clock(inbox):
    assert receive(inbox, 1).at < receive(inbox, 2).at


def test_only_the_last_200_sms_are_stored(inbox):
    for number in range(MAX_STORED + 1):
        receive(inbox, number)

    assert len(inbox.messages()) == 200
    assert inbox.messages()[-1].text == "SMS 1"


def test_messages_filter_by_number(inbox):
    receive(inbox, 1, to="+31612345678")
    receive(inbox, 2, to="+4915112345678")

    assert [sms.text for sms in inbox.messages("+31612345678")] == ["SMS 1"]


def test_sms_repr_hides_text_and_number(inbox):
    printed = repr(receive(inbox, 1))

    assert "SMS 1" not in printed
    assert "612345678" not in printed


async def test_every_listener_gets_each_sms(inbox):
    (one, first_of_one), (two, first_of_two) = await start_listener(inbox), await start_listener(inbox)

    sent = receive(inbox, 1)

    assert await first_of_one == await first_of_two == sent
    await one.aclose()
    await two.aclose()


async def test_listener_without_after_gets_only_new_sms(inbox):
    receive(inbox, 1)
    listener, first = await start_listener(inbox)

    new = receive(inbox, 2)

    assert await first == new
    await listener.aclose()


async def test_listener_with_after_gets_missed_sms(inbox):
    for number in (1, 2, 3):
        receive(inbox, number)

    assert [sms.id async for sms in inbox.listen(after="v1", until=after_checks(2))] == ["v2", "v3"]


async def test_listener_with_unknown_after_gets_all_sms(inbox):
    """This covers a new page, and a page that outlives the server."""
    receive(inbox, 1)
    receive(inbox, 2)

    assert [sms.id async for sms in inbox.listen(after="", until=after_checks(2))] == ["v1", "v2"]


async def test_slow_listener_loses_the_oldest_sms(inbox):
    listener, first = await start_listener(inbox)
    receive(inbox, 0)
    await first
    for number in range(1, MAX_STORED + 2):
        receive(inbox, number)

    assert (await anext(listener)).id == "v2"
    await listener.aclose()


async def test_listener_101_gets_nothing_until_another_leaves(inbox):
    listeners = [await start_listener(inbox) for _ in range(MAX_LISTENERS)]

    assert [sms async for sms in inbox.listen(after="")] == []

    receive(inbox, 1)
    for listener, first in listeners:
        await first
        await listener.aclose()
    assert [sms.id async for sms in inbox.listen(after="", until=after_checks(1))] == ["v1"]
