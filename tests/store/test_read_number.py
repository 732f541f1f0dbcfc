"""read_number: list the verifications of a number, and what refuses it a new code."""

import asyncio

import pytest

from app.domain.gateway import Refused
from app.domain.number_search import Blocker, BlockerKind
from app.domain.phone_number import PhoneNumber
from app.domain.status import Reason
from tests.support.actions import check, fail_attempts, start_verification, start_with_code
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.messages import open_message, record_outcome

DAY_MS = 86_400_000
TEN_MINUTES_MS = 600_000


async def read(container, number=PHONE, *, app="dev", is_test=False):
    phone = PhoneNumber(number, "31", "NL")
    reads = container.search_verifications.number_reads
    return await reads.read(phone, container.apps[app], is_test=is_test, cost=100_000)


async def blockers(container, number=PHONE, **changes):
    return list((await read(container, number, **changes)).blockers)


async def test_reads_racing_a_request_see_the_verification_and_its_limit_together(make_container, clock):
    async with make_container(limit_sends_per_number="1/h") as container:
        _, *reads = await asyncio.gather(start_verification(container), *(read(container) for _ in range(30)))

        assert {(len(state.ids), len(state.blockers)) for state in [*reads, await read(container)]} <= {(0, 0), (1, 1)}


async def test_ids_are_those_of_the_number_in_the_app(container, clock):
    first = await start_verification(container)
    clock.tick(ms=1)
    second = await start_verification(container, purpose="payment")
    await start_verification(container, OTHER_PHONE)
    other_app = await start_verification(container, app="bank")

    assert (await read(container)).ids == [first.id, second.id]
    assert (await read(container, app="bank")).ids == [other_app.id]
    assert (await read(container, "+31699999999")).ids == []


async def test_spent_limit_blocks_until_the_window_has_room(container, clock):
    for _ in range(2):
        await start_verification(container)
    assert await blockers(container) == []
    await start_verification(container)

    expected = Blocker(BlockerKind.LIMIT, "sends_per_number", clock() + TEN_MINUTES_MS)
    assert await blockers(container) == [expected]
    assert await blockers(container, app="bank") == [], "over all apps it has twice the count"
    assert await blockers(container, OTHER_PHONE) == []
    assert await blockers(container, is_test=True) == []
    clock.tick(ms=TEN_MINUTES_MS)
    assert await blockers(container) == []


@pytest.mark.parametrize("count", [2, 101])  # above a hundred, a window is counted in buckets
@pytest.mark.parametrize("limit", ["sends_per_app", "sends_per_country"])
async def test_limits_of_app_and_country_block_each_of_their_numbers(make_container, clock, limit, count):
    async with make_container(**{f"limit_{limit}": f"{count}/d"}) as container:
        for number in range(count):
            await start_verification(container, f"+3163000{number:04d}")

        (blocker,) = await blockers(container)
        assert (blocker.kind, blocker.limit) == (BlockerKind.LIMIT, limit)
        assert 0 <= blocker.until - clock() - DAY_MS <= DAY_MS / 60
        assert bool(await blockers(container, app="bank")) == (limit == "sends_per_country")


async def test_spent_budget_of_known_devices_is_shown(make_container, clock):
    """It may be full while that of everyone else has room."""
    async with make_container(limit_sends_per_number="2/h") as container:
        id, code = await start_with_code(container)
        token = (await check(container, code, id=id)).device_token
        for _ in range(2):
            await start_verification(container, device_token=token)

        assert await blockers(container) == [Blocker(BlockerKind.LIMIT, "sends_per_number", clock() + 3_600_000)]


async def test_wrong_codes_make_the_number_wait_and_then_lock_it(make_container, clock):
    async with make_container(attempts=10, limit_sends_per_number="off") as container:
        await fail_attempts(container, 9)
        assert (await read(container)).failures == 9
        assert await blockers(container) == []

        await fail_attempts(container, 1)
        assert await blockers(container) == [Blocker(BlockerKind.WAIT, None, clock() + 30_000)]
        assert await blockers(container, app="bank") == []
        for _ in range(6):
            clock.tick(seconds=3600)
            await fail_attempts(container, 10)

        assert await blockers(container) == [Blocker(BlockerKind.LOCK, None, clock() + DAY_MS)]
        clock.tick(ms=DAY_MS)
        assert await blockers(container) == []
        assert (await read(container)).failures == 10


async def test_blocked_number_and_opt_out_are_shown(container, clock):
    name = container.store.encryption.name_number(PHONE)
    await open_message(container)
    await record_outcome(container, Refused("no", reason=Reason.OPTED_OUT))
    await container.numbers.block(name)

    block, opt_out = await blockers(container)

    assert block == Blocker(BlockerKind.BLOCK)
    assert opt_out.kind is BlockerKind.OPT_OUT
    assert 0 <= clock() + 30 * DAY_MS - opt_out.until < 60_000, "the expiry of a key is on the server's clock"
    assert await blockers(container, OTHER_PHONE) == []


async def test_reading_writes_nothing(container, redis, key):
    await start_verification(container)
    await fail_attempts(container, 5)

    async def dump():
        return {name: await redis.dump(name) async for name in redis.scan_iter(f"{key()}:*")}

    before = await dump()
    for _ in range(3):
        await read(container)
        await read(container, OTHER_PHONE)

    assert await dump() == before
