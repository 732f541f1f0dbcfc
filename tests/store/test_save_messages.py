"""save_messages: judge each recipient by itself, store and queue what is accepted."""

import asyncio
from collections import Counter

from app.domain.outgoing_message import AcceptedMessage, OwnCode, RefusedRecipient
from app.domain.request_context import IdempotencyScope
from tests.support.builders import PHONE
from tests.support.outgoing import accepted_id, send_messages

NUMBERS = [f"+316123456{number:02d}" for number in range(60)]


async def queued(redis, key):
    return [await redis.xlen(key(queue)) for queue in ("sends_queue", "messages_queue")]


def codes(results):
    return [one.error.code for one in results if isinstance(one, RefusedRecipient)]


async def test_racing_lists_share_the_limit_of_an_app_exactly(make_container, redis, key):
    async with make_container(limit_sends_per_app="40/h") as container:
        lists = await asyncio.gather(*(send_messages(container, *NUMBERS[first::6]) for first in range(6)))

        results = [one for results in lists for one in results]
        assert [type(one) for one in results].count(AcceptedMessage) == 40
        assert set(codes(results)) == {"rate_limited"}
        assert await queued(redis, key) == [0, 40]


async def test_racing_repeats_of_a_key_send_once(container, redis, key):
    scope = IdempotencyScope("dev|/v1/messages|backend|k", "{}")

    lists = await asyncio.gather(*(send_messages(container, *NUMBERS[:20], idempotency=scope) for _ in range(10)))

    assert len({tuple(one.id for one in results) for results in lists}) == 1
    assert await queued(redis, key) == [0, 20]


async def test_racing_messages_to_a_number_stop_at_its_limit(container, redis, key):
    results = await asyncio.gather(*(send_messages(container) for _ in range(25)))

    assert Counter(type(one) for (one,) in results) == {AcceptedMessage: 10, RefusedRecipient: 15}
    assert await queued(redis, key) == [0, 10]


async def test_codes_wait_in_the_stream_of_codes(container, redis, key):
    await accepted_id(container, content=OwnCode("042137"))

    assert await queued(redis, key) == [1, 0]


async def test_codes_are_refused_while_the_queue_is_too_long(container, redis, key):
    """Codes that wait for minutes are worth nothing; other messages may wait."""
    await redis.zadd(key("later"), {f"job {number}": 1 for number in range(10_001)})

    assert codes(await send_messages(container, content=OwnCode("042137"))) == ["temporarily_unavailable"]
    assert await accepted_id(container)


async def test_record_is_stored_until_its_end_and_the_retention(container, redis, key):
    id = await accepted_id(container, ttl=60)

    keep = container.apps["dev"].policy.keep * 1000
    assert 60_000 - 5000 < await redis.pttl(key("text", id)) <= 60_000
    assert keep + 60_000 - 5000 < await redis.pttl(key("outgoing", id)) <= keep + 60_000


async def test_test_number_gets_no_sms(make_container, redis, key):
    async with make_container(test_numbers=f"{PHONE}=042137@2099-12-31") as container:
        id = await accepted_id(container)

        assert await queued(redis, key) == [0, 0]
        assert not await redis.exists(key("text", id))


async def test_limits_of_the_app_warn_once(make_container, logged_lines):
    async with make_container(limit_sends_per_app="10/h") as container:
        await send_messages(container, *NUMBERS[:8])

    warnings = [line for line in logged_lines.getvalue().decode().splitlines() if "limit_share_spent" in line]
    assert len(warnings) == 2
