"""docs/operating/gdpr.md: every key of Redis is in it, with its lifetime, and what `otp numbers forget` leaves."""

import re
from typing import NamedTuple

import pytest

from app.services.admin import forget_number
from tests.support.builders import PHONE
from tests.support.docs import DOCS
from tests.support.event_receiver import event_apps
from tests.support.key_table import read_rows
from tests.support.redis_dump import read_value
from tests.support.scenario import run_full_scenario

PAGE = (DOCS / "operating" / "gdpr.md").read_text().partition("## Elsewhere")[0]
APPS = event_apps("http://127.0.0.1:1/events", whole_number=True)


class Row(NamedTuple):
    """A row of the page; without personal data it has a lifetime only."""

    keys: tuple[str, ...]
    lifetime: str
    forget: str


def rows():
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            keys = tuple(re.findall("`([^`]+)`", cells[0]))
            yield Row(keys, *(cells[3:5] if len(cells) == 5 else (cells[1], "")))


ROWS = {key: row for row in rows() for key in row.keys}
KEYS = {name: lifetime for names, _, _, lifetime in read_rows() for name in names.split(", ")}


def test_every_key_is_in_one_of_the_two_tables():
    """A new kind of key is personal data until it was decided that it is not."""
    listed = [key for row in rows() for key in row.keys]

    assert sorted(listed) == sorted(KEYS), "add the key to a table of docs/operating/gdpr.md"


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_kept_as_long_as_the_page_states(key):
    """The page may add the default figure after a comma."""
    stated = ROWS[key].lifetime.replace("`", "")

    assert stated == KEYS[key] or stated.startswith(f"{KEYS[key]}, ")


@pytest.mark.parametrize("key", [key for key, row in ROWS.items() if row.forget])
def test_each_key_with_personal_data_is_erased_or_has_a_reason_to_stay(key):
    assert re.fullmatch(r"erases|stays: .+|stays until then", ROWS[key].forget)


async def test_forgetting_a_number_erases_what_the_page_states(make_container, clock, redis, key):
    """What still names the number afterwards is listed with a reason."""
    async with make_container(limit_sends_per_app="90/d", limit_sends_per_country="100/d", apps=APPS) as container:
        await run_full_scenario(container, clock)
        encryption = container.store.encryption
        name = encryption.name_number(PHONE).encode()
        before = await kinds_that_name(redis, key(), name)
        await forget_number(PHONE, apps=list(container.apps), encryption=encryption, numbers=container.numbers)
        after = await kinds_that_name(redis, key(), name)

    erased = {kind for kind, row in ROWS.items() if row.forget == "erases"}
    assert {"verification:<id>", "message:<id>", "number:<app>:<name>", "sends:<name>"} <= before
    assert after & erased == set()
    assert after <= {kind for kind, row in ROWS.items() if row.forget.startswith("stays")}


async def kinds_that_name(redis, prefix, name):
    """Return the kinds of keys that have the name of a number, in the key or in the value."""
    kinds = set()
    async for raw in redis.scan_iter(f"{prefix}:*"):
        if name in raw or name in await read_value(redis, raw):
            kinds.add(kind_of(raw.decode().removeprefix(f"{prefix}:")))
    return kinds


def kind_of(key):
    (kind,) = [kind for kind in KEYS if re.fullmatch(re.sub("<[a-z]+>", "[^:]+", kind), key)]
    return kind
