"""The table in keys.py is true: each key of a whole life stands in it, with its shape and its end."""

import re

import pytest

import app.store.keyspace
from app.store.keyspace import Keyspace
from tests.support.scenario import live

HEADING = next(line for line in app.store.keyspace.__doc__.splitlines() if line.startswith("name "))
COLUMNS = [HEADING.index(word) for word in ("name", "shape", "holds", "ends")]
STAYS = re.compile(r"^(when done|when due|five fields|10,000 at most|100,000 at most)")
SHAPES = {
    "window": b"string",
    "slices": b"hash",
    "string": b"string",
    "hash": b"hash",
    "list": b"list",
    "set": b"set",
    "zset": b"zset",
    "stream": b"stream",
}


def read_table():
    """Each row as a pattern of names, a shape, and whether its keys end by themselves."""
    lines = app.store.keyspace.__doc__.split(HEADING)[1].strip("\n").split("\n\n")[0].splitlines()
    for line in lines:
        names, shape, _, ends = (
            line[start:end].strip() for start, end in zip(COLUMNS, [*COLUMNS[1:], None], strict=True)
        )
        for name in names.split(", "):
            yield re.sub(r"<\w+>", "[^:]+", name), SHAPES[shape], not STAYS.match(ends)


TABLE = list(read_table())


async def test_every_key_of_a_whole_life_stands_in_the_table_and_ends_as_it_says(make_container, clock, redis, key):
    """What concerns a person expires; the rest is bounded."""
    async with make_container(limit_sends_per_app="100/d", limit_sends_per_country="100/d") as container:
        await live(container, clock)

    seen = set()
    async for raw in redis.scan_iter(f"{key()}:*"):
        name = raw.decode().removeprefix(f"{key()}:")
        (row,) = [row for row in TABLE if re.fullmatch(row[0], name)]
        pattern, shape, ends = row
        assert await redis.type(raw) == shape, name
        assert (await redis.pttl(raw) > 0) == ends, name
        seen.add(pattern)
    assert {pattern for pattern, _, _ in TABLE} == seen, "the life that was lived wrote all kinds of keys"


@pytest.mark.parametrize(
    ("parts", "name"),
    [(("later",), "{otp}:later"), (("number", "shop", "x"), "{otp}:number:shop:x"), (("sends", ""), "{otp}:sends:")],
)
def test_a_name_is_its_parts_behind_the_tag(parts, name):
    """The tag keeps all in one slot of a cluster, so that one script may touch them together."""
    assert Keyspace().of(*parts) == name
