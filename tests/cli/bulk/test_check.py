"""The check of a file: each wrong field has its own reason, and the rest is counted."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.bulk import Bulk

APPS = json.dumps(
    {
        "dev": {"message_texts": {"sent": {"en": "Your order {order} has left."}}, "free_text": True},
        "shop": {"message_texts": {"sent": {"en": "Your order {order} has left."}}},
    }
)


@pytest.fixture
def make_bulk(make_container, tmp_path):
    """Open a container, and return what checks a file by it."""

    @asynccontextmanager
    async def make(**changes):
        async with make_container(**{"apps": APPS} | changes) as container:
            yield Bulk(container, tmp_path / "rows.csv")

    return make


WRONG_ROWS = {
    "empty number": (",Hello", "phone_number", "invalid_request"),
    "national number": ("0612345678,Hello", "phone_number", "invalid_phone_number"),
    "landline": ("+31201234567,Hello", "phone_number", "invalid_phone_number"),
    "number of a spreadsheet": ("3.16E+10,Hello", "phone_number", "invalid_phone_number"),
    "overlong number": (f"{'3' * 65},Hello", "phone_number", "invalid_request"),
    "closed country": ("+32470123456,Hello", "", "destination_not_allowed"),
    "no text": ("+31612345678,", "", "invalid_request"),
    "only spaces": ("+31612345678,   ", "text", "invalid_request"),
    "too many segments": (f"+31612345678,{'a' * 700}", "text", "invalid_request"),
    "control character": ("+31612345678,a\x07b", "text", "invalid_request"),
    "no such country": ("0612345678,Hello,XX", "country", "invalid_request"),
    "two contents": ("+31612345678,Hello,,1234", "", "invalid_request"),
    "code of letters": ("+31612345678,,,abcd", "code", "invalid_request"),
    "short ttl": ("+31612345678,Hello,,,5", "ttl", "invalid_request"),
    "ttl of letters": ("+31612345678,Hello,,,1h", "ttl", "invalid_request"),
    "time without offset": ("+31612345678,Hello,,,,2030-01-01 08:00", "send_at", "invalid_request"),
    "time too far ahead": ("+31612345678,Hello,,,,2099-01-01T08:00:00Z", "send_at", "invalid_request"),
    "wrong language": ("+31612345678,Hello,,,,,dutch!", "locale", "invalid_request"),
    "wrong purpose": ("+31612345678,Hello,,,,,,Big News", "purpose", "invalid_request"),
    "overlong reference": (f"+31612345678,Hello,,,,,,,{'r' * 129}", "reference", "invalid_request"),
    "unknown text": ("+31612345678,,,,,,,,,lost,1", "template", "invalid_request"),
    "missing variable": ("+31612345678,,,,,,,,,sent,", "order", "invalid_request"),
    "overlong variable": (f"+31612345678,,,,,,,,,sent,{'9' * 201}", "order", "invalid_request"),
    "two fields": ("+31612345678,Hello,,,1h,soon", "send_at ttl", "invalid_request"),
    "number and content": (",Hello,,,1h", "phone_number ttl", "invalid_request"),
    "landline and content": ("+31201234567,Hello,,,1h", "phone_number ttl", "invalid_request"),
    "landline and time": ("+31201234567,Hello,,,,2099-01-01T08:00:00Z", "phone_number send_at", "invalid_request"),
    "landline and variable": ("+31201234567,,,,,,,,,sent,", "phone_number order", "invalid_request"),
}
HEADER = "phone_number,text,country,code,ttl,send_at,locale,purpose,reference,template,order"


@pytest.mark.parametrize(("row", "columns", "code"), WRONG_ROWS.values(), ids=WRONG_ROWS)
async def test_each_wrong_field_has_its_reason_and_the_other_rows_are_sent(make_bulk, row, columns, code):
    async with make_bulk(countries="NL") as bulk:
        rows = ["+31687654321,Good", row, "+31687654322,Good"]
        bulk.write(*(one + "," * (HEADER.count(",") - one.count(",")) for one in rows), header=HEADER)

        checked, (refused,) = await bulk.check()

        assert (refused.line, refused.code, refused.columns) == (3, code, columns)
        assert all(f"{column}: " in refused.detail for column in columns.split())
        assert (checked.rows, checked.sendable) == (3, 2)


@pytest.mark.parametrize("row", ["+31201234567,Hello", "+31612345678,a\x07b", "+31612345678,Hello,more"])
async def test_reasons_quote_neither_number_nor_text(bulk, row):
    bulk.write(row)

    _, (refused,) = await bulk.check()

    assert not [secret for secret in ("1234567", "345678", "Hello", "a\x07b") if secret in refused.detail]


async def test_free_text_of_an_app_without_it_is_refused_and_its_own_text_is_not(make_bulk):
    async with make_bulk() as bulk:
        bulk.app = "shop"
        bulk.write("+31612345678,Hello,,", "+31612345678,,sent,9", header="phone_number,text,template,order")

        checked, (refused,) = await bulk.check()

    assert (refused.line, refused.code, checked.sendable) == (2, "forbidden", 1)


async def test_segments_cost_and_countries_are_those_of_the_rows_that_are_left(make_bulk, tmp_path):
    (tmp_path / "prices.csv").write_text("gateway,country,price\n*,NL,0.05\n*,GB,0.02\n")
    async with make_bulk(prices=str(tmp_path / "prices.csv")) as bulk:
        long = "a" * 200
        bulk.write(f"+31612345678,{long}", "+447400123456,Hello", "+31687654321,Hello", "+31201234567,Hello")

        checked, refused = await bulk.check()
        rest, _ = await bulk.check(done=3)

    assert (checked.segments, checked.cost, checked.countries) == (4, 170_000, {"NL": 2, "GB": 1})
    assert [row.line for row in refused] == [5]
    assert (rest.rows, rest.sendable, rest.cost) == (4, 0, 0)


async def test_number_and_text_that_stand_before_are_a_duplicate(bulk):
    """However the number is written; another text or another time is another message."""
    rows = [f"+316{number:08d},Hello," for number in range(12_345_600, 12_345_700)]
    again = ["+31612345600,Hello,", "+31 6 1234 5600,Hello,", "06 12345601,Hello,NL", "+31612345600,Bye,"]
    bulk.write(*rows, *again, header="phone_number,text,country")

    checked, refused = await bulk.check()

    assert [(row.line, row.code) for row in refused] == [(102, "duplicate"), (103, "duplicate"), (104, "duplicate")]
    assert list(checked.duplicates) == [100, 101, 102]
    assert checked.sendable == 101


async def test_same_text_at_two_times_is_no_duplicate(bulk):
    """Of a reminder, for example."""
    now = datetime.fromtimestamp(bulk.container.clock(), UTC)
    times = ["", *((now + timedelta(days=days)).isoformat() for days in (1, 2))]
    bulk.write(*(f"+31612345678,Hello,{time}" for time in times), header="phone_number,text,send_at")

    checked, refused = await bulk.check()

    assert (checked.sendable, refused) == (3, [])
