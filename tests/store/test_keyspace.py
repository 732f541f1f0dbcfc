"""The key table of app/store/keyspace.py: every key that the service writes is listed with its type and its expiry."""

import re

import pytest

from app.store.keyspace import Keyspace
from tests.support.actions import start_verification
from tests.support.event_receiver import event_apps
from tests.support.key_table import read_rows
from tests.support.scenario import run_full_scenario

TEST_PHONE = "+31646666666"
LIMITS = {
    "limit_sends_per_app": "90/d",
    "limit_sends_per_country": "100/d",
    "limit_spend_per_app": "1000/d",
    "limit_spend_per_country": "1000/d",
    "limit_approved_sends_per_address": "90/d",
    "test_numbers": f"{TEST_PHONE}=424242@2099-12-31",
    "prices": "gateway,country,price\n*,*,0.08\n",
}
APPS = event_apps("http://127.0.0.1:1/events", whole_number=True)
UNSEEN = {
    "event_counts",  # of dropped events: 100,000 must wait first (tests/store/test_event_outbox.py)
}
STAYS = re.compile(
    r"^(until completed|until due|(five|six|1,000|32) fields|(a field|one) for each app|(7,500|10,000|100,000) at most)"
)
SHAPES = {
    "window": b"string",
    "buckets": b"hash",
    "string": b"string",
    "hash": b"hash",
    "list": b"list",
    "set": b"set",
    "zset": b"zset",
    "stream": b"stream",
}


def read_table():
    """Yield each row as a pattern of names, a Redis type, and whether its keys expire."""
    for names, shape, _, ends in read_rows():
        for name in names.split(", "):
            yield re.sub(r"<\w+>", "[^:]+", name), SHAPES[shape], not STAYS.match(ends)


TABLE = list(read_table())


async def test_every_written_key_has_the_type_and_expiry_of_the_table(make_container, clock, redis, key):
    """Personal data expires; everything else is bounded."""
    async with make_container(**LIMITS, apps=APPS) as container:
        await run_full_scenario(container, clock)
        await start_verification(container, TEST_PHONE, text="{code} is the code.\n@{host} #{code} {hash}")

    seen = {"written"}  # a key of one second, tested below
    async for raw in redis.scan_iter(f"{key()}:*"):
        name = raw.decode().removeprefix(f"{key()}:")
        (row,) = [row for row in TABLE if re.fullmatch(row[0], name)]
        pattern, shape, ends = row
        assert await redis.type(raw) == shape, name
        assert (await redis.pttl(raw) > 0) == ends, name
        seen.add(pattern)
    assert {pattern for pattern, _, _ in TABLE} - UNSEEN == seen, "the scenario writes every kind of key"


async def test_readiness_check_writes_a_key_of_one_second(container, redis, key):
    await container.health.snapshot()

    assert 0 < await redis.pttl(key("written")) <= 1000


@pytest.mark.parametrize(
    ("parts", "name"),
    [(("later",), "{otp}:later"), (("number", "shop", "x"), "{otp}:number:shop:x"), (("sends", ""), "{otp}:sends:")],
)
def test_key_name_is_the_tag_and_its_parts(parts, name):
    """The hash tag keeps all keys in one cluster slot, so that one script can access them together."""
    assert Keyspace()(*parts) == name
