"""Vendors tell of many messages: out of order, three times, some before their own answer, some of it lies."""

import random
import time
from collections import Counter

import pytest

from app.container import open_container
from tests.support.actions import look
from tests.support.builders import BLOCK_MS, make_settings
from tests.support.fake_gateways import Carrier, with_gateway
from tests.support.report_scenarios import POSTED, SETTINGS, SIGNED, begin, is_heard, settle, tell
from tests.support.running_worker import working
from tests.support.waiting import until

TIMES = 3
LONGEST = 600  # seconds; a hundred thousand reports are told three hundred thousand times


@pytest.mark.parametrize("reports", [640, pytest.param(100_000, marks=pytest.mark.long)])
async def test_whatever_the_order_every_message_ends_where_its_vendor_left_it(engine_url, tag, reports):
    """A forgery moves nothing, and every single call is counted for what it was."""
    async with open_container(make_settings(engine_url, tag, **SETTINGS), block_ms=BLOCK_MS) as container:
        await container.queue.open()
        tales = [await begin(container, place) for place in range(reports * 9 // 10 * 7 // 22)]  # 22 words in 7 plots
        random.Random(reports).shuffle(tales)  # noqa: S311  an order, no secret
        early, due = tales[::10], [tale for place, tale in enumerate(tales) if place % 10]
        await settle_all(container, due)

        async with working(with_gateway(container, Carrier())):
            first = await hear(container, tell(early), is_settled=False)
            await until(lambda: is_quiet(container))
            await settle_all(container, early)
            started = time.perf_counter()
            then = await hear(container, tell(tales, times=TIMES), is_settled=True)
            await until(lambda: is_quiet(container), within=LONGEST)
            seconds = time.perf_counter() - started

        print(f"{then.total()} reports, {then.total() / seconds:.0f} a second")  # noqa: T201  it is asked for
        assert [await stands(container, tale) for tale in tales] == [(tale.gateway, tale.end) for tale in tales]
        assert await counted(container) == first + then


async def settle_all(container, tales):
    for tale in tales:
        await settle(container, tale)


async def hear(container, all_told, *, is_settled):
    """Have each call made until it is heard, and count by gateway what must become of them."""
    for told in all_told:
        await until(lambda: is_heard(container, told), within=LONGEST)  # noqa: B023  it is called before the next one
    return Counter((told.gateway, told.fate(is_settled=is_settled)) for told in all_told)


async def is_quiet(container):
    return (await container.health.snapshot()).waiting == 0


async def stands(container, tale):
    """Read where the one message of a verification stands."""
    (send,) = (await look(container, tale.verification)).sends
    (message,) = send.messages
    return message.gateway, message.status


async def counted(container):
    """Read what the service counted by gateway; whether a report that was heard moved its message depends on order."""
    counts = Counter()
    for gateway in (POSTED, SIGNED):
        for word, count in (await container.messages.counts(gateway)).items():
            counts[gateway, "heard" if word in {"moved", "kept"} else word] += count
    return counts
