"""The acts of operators, stored in a bounded stream."""

import asyncio

import pytest

from app.domain.operator_act import OperatorAct

NUMBER = "n_0123456789ab"


def act(name="block_number", number=NUMBER, **more):
    return OperatorAct(name, "anna@example.com", number, **more)


async def add_all(container, acts):
    for one in acts:
        await container.audit_trail.add(one)


async def test_acts_on_a_number_are_read_newest_first(container, clock):
    await add_all(
        container, [act("block_number"), act(number="n_other"), act("unblock_number"), act("", "", job="1-1")]
    )

    found = await container.audit_trail.on_number(NUMBER, most=20)

    assert [(one.act, one.operator, one.number, one.job) for one in found] == [
        ("unblock_number", "anna@example.com", NUMBER, ""),
        ("block_number", "anna@example.com", NUMBER, ""),
    ]
    assert all(0 <= one.at - clock() < 60_000 for one in found), "the time is the server's"
    assert await container.audit_trail.on_number("n_none", most=20) == []


async def test_at_most_so_many_acts_are_read(container):
    await add_all(container, [act(f"act_{n}") for n in range(5)])

    assert [one.act for one in await container.audit_trail.on_number(NUMBER, most=2)] == ["act_4", "act_3"]


async def test_act_behind_thousands_of_others_is_found(container, redis, key):
    """The trail is read in pages of a thousand."""
    await container.audit_trail.add(act())
    async with redis.pipeline(transaction=False) as pipe:
        for _ in range(2500):
            pipe.xadd(key("audit"), act(number="n_other").fields)
        await pipe.execute()

    assert [one.act for one in await container.audit_trail.on_number(NUMBER, most=20)] == ["block_number"]


async def test_the_newest_ten_thousand_acts_are_stored(container, redis, key):
    async with redis.pipeline(transaction=False) as pipe:
        for _ in range(10_000):
            pipe.xadd(key("audit"), {"act": "x"})
        await pipe.execute()

    await asyncio.gather(*(container.audit_trail.add(act()) for _ in range(5)))

    assert await redis.xlen(key("audit")) == 10_000
    assert len(await container.audit_trail.on_number(NUMBER, most=20)) == 5


@pytest.mark.parametrize("fields", [{"act": "x", "number": NUMBER}, {"number": NUMBER, "act": "x", "later_field": "y"}])
async def test_entry_of_another_version_is_read(container, redis, key, fields):
    await redis.xadd(key("audit"), fields)

    (found,) = await container.audit_trail.on_number(NUMBER, most=20)
    assert (found.act, found.operator) == ("x", "")
