"""docs/using/events.md has the table of types, their fields and the schedule; its receivers verify real events."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from app.domain.event_schedule import MAX_TRIES, WAITS_S
from app.domain.events import EVENT_TYPES, FIELDS
from tests.support.actions import start_verification
from tests.support.builders import make_settings
from tests.support.docs import PAGES, blocks
from tests.support.event_receiver import Receiver, deliver_due, event_apps, secrets_of

PAGE = PAGES["docs/using/events.md"]
# Language -> what runs its example, the file's ending, and a last line that calls it with what stdin holds.
LANGUAGES = {
    "python": (
        sys.executable,
        ".py",
        "import json, sys; b, h = json.load(sys.stdin).values(); print(receive(b.encode(), h), receive(b.encode(), h))",
    ),
    "js": (
        "node",
        ".mjs",
        """import { readFileSync } from "node:fs"; const call = JSON.parse(readFileSync(0));
        console.log(receive(call.body, call.headers), receive(call.body, call.headers));""",
    ),
}


def table(name):
    """Return the cells of the rows of one table."""
    text = PAGE.partition(f"<!-- {name} -->\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def test_every_type_is_listed_with_what_happened():
    assert table("types") == [[f"`{type.name}`", type.when] for type in EVENT_TYPES]


def test_every_field_is_listed():
    rows = [
        [f"`{family}.…`" if number == 0 else "", f"`{name}`", meaning]
        for family, fields in FIELDS.items()
        for number, (name, meaning) in enumerate(fields.items())
    ]

    assert table("fields") == rows


def test_the_schedule_is_that_of_the_code():
    units = {"s": 1, "min": 60, "h": 3600}
    waits = [int(number) * units[unit] for _, wait in table("schedule")[1:] for number, unit in [wait.split()]]

    assert tuple(waits) == WAITS_S
    assert [int(number) for number, _ in table("schedule")] == list(range(1, MAX_TRIES + 1))
    assert "75 hours 35 minutes" in PAGE


def test_the_example_of_an_app_is_valid():
    example, *_ = blocks("json", PAGE)

    (app,) = make_settings(apps=example.replace("<sha256>", "0" * 64)).apps.values()

    assert len(app.events) == 2


async def test_the_example_of_an_event_has_the_fields_that_are_sent(make_container):
    example = json.loads(blocks("json", PAGE)[1])
    async with Receiver() as receiver, make_container(apps=event_apps(receiver.url)) as container:
        await start_verification(container)
        await deliver_due(container)

        (sent,) = receiver.events

    assert list(example) == list(sent)
    assert list(example["data"]) == list(sent["data"])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_receiver_takes_an_event_once_and_refuses_a_forged_one(make_container, language, tmp_path):
    runs, ending, last_line = LANGUAGES[language]
    if shutil.which(runs) is None:
        pytest.skip(f"{runs} is not on this machine")
    async with Receiver() as receiver, make_container(apps=event_apps(receiver.url)) as container:
        await start_verification(container)
        await deliver_due(container)
        (request,), (secret,) = receiver.requests, secrets_of(container, receiver.url)
    example = "".join(blocks(language, PAGE)).replace("whsec_…", secret)
    path = tmp_path / f"receiver{ending}"
    path.write_text(f"{example}\n{last_line}\n")

    def receive(body):
        call = json.dumps({"body": body, "headers": dict(request.headers)})
        done = subprocess.run([runs, path], input=call, capture_output=True, text=True, timeout=30, check=True)
        return done.stdout

    body = request.body.decode()
    taken = receive(body)
    assert (taken.count("verification.requested"), re.findall(r"\b\d{3}\b", taken.splitlines()[-1])) == (1, ["204"] * 2)
    assert receive(body.replace("pending", "approved")).split() == ["401", "401"]
