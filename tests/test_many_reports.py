"""Many reports: out of order, repeated, some before the response of the send, some forged."""

import random
import time
from collections import Counter

import pytest

from app.container import open_container
from tests.support.actions import read_verification
from tests.support.builders import BLOCK_MS, make_settings
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.report_scenarios import POSTED, SETTINGS, SIGNED, begin, deliver_report, settle, shuffled_reports
from tests.support.running_worker import running_worker
from tests.support.waiting import until

TIMES = 3
LONGEST = 600  # seconds; a hundred thousand reports are delivered three hundred thousand times


@pytest.mark.parametrize("reports", [320, pytest.param(100_000, marks=pytest.mark.long)])
async def test_every_message_reaches_its_final_status_in_any_report_order(engine_url, tag, reports):
    """A forged report changes nothing, and every call is counted by its outcome."""
    async with open_container(make_settings(engine_url, tag, **SETTINGS), block_ms=BLOCK_MS) as container:
        await container.queue.open()
        messages = [
            await begin(container, place) for place in range(reports * 9 // 10 * 7 // 22)
        ]  # 22 words in 7 plots
        random.Random(reports).shuffle(messages)  # noqa: S311  an order, no secret
        early, due = messages[::10], [message for place, message in enumerate(messages) if place % 10]
        await record_outcomes(container, due)

        async with running_worker(with_gateways(container, FakeGateway())):
            first = await deliver_all(container, shuffled_reports(early), is_settled=False)
            await until(lambda: is_quiet(container))
            await record_outcomes(container, early)
            started = time.perf_counter()
            then = await deliver_all(container, shuffled_reports(messages, times=TIMES), is_settled=True)
            await until(lambda: is_quiet(container), within=LONGEST)
            seconds = time.perf_counter() - started

        print(f"{then.total()} reports, {then.total() / seconds:.0f} a second")  # noqa: T201  it is asked for
        assert [await status_of(container, message) for message in messages] == [
            (message.gateway, message.end) for message in messages
        ]
        assert await counted(container) == first + then


async def record_outcomes(container, messages):
    for message in messages:
        await settle(container, message)


async def deliver_all(container, reports_sent, *, is_settled):
    """Make each call until it is accepted, and count the expected outcomes by gateway."""
    for report in reports_sent:
        await until(lambda: deliver_report(container, report), within=LONGEST)  # noqa: B023  it is called before the next one
    return Counter((report.gateway, report.expected_result(is_settled=is_settled)) for report in reports_sent)


async def is_quiet(container):
    return (await container.health.snapshot()).waiting == 0


async def status_of(container, scenario):
    """Read the status of a verification's only message."""
    (send,) = (await read_verification(container, scenario.verification)).sends
    (message,) = send.messages
    return message.gateway, message.status


async def counted(container):
    """Read the service's counts by gateway; whether an accepted report moved its message depends on the order."""
    counts = Counter()
    for gateway in (POSTED, SIGNED):
        for word, count in (await container.messages.counts(gateway)).items():
            counts[gateway, "applied" if word in {"moved", "kept"} else word] += count
    return counts
