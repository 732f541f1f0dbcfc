"""A dump of Redis while messages wait, ten thousand with `-m long`: no text, no number and no code is found in it."""

import json
import re
from base64 import b64encode

import pytest

from app.domain.outgoing_message import FreeText, OwnCode, TemplateText
from tests.support.event_receiver import event_apps
from tests.support.outgoing import send_messages
from tests.support.redis_dump import read_value
from tests.support.stores import EMBEDDED, ENGINE

TEXT = "Blood test of patient-seventeen: positive"
PATIENT = "patient-seventeen"
APPS = json.loads(event_apps(types=["message.failed"]))
APPS["dev"]["message_texts"] = {"result": {"en": "The result of {who} is online."}}
LIMITS = {"limit_sends_per_app": "off", "limit_sends_per_country": "off"}
CODES = [f"{code:010d}" for code in range(7_000_000_000, 7_000_000_100)]
PER_CALL = 450


def new_numbers(count):
    """Return so many Dutch numbers; no time or count in the store has their digits."""
    return [f"+3162{number:07d}" for number in range(count)]


async def dump(redis, prefix):
    """Return every key and value of every type, streams among them, as they are stored."""
    stored = bytearray()
    async for key in redis.scan_iter(f"{prefix}:*", count=1000):
        stored += key + b" " + await read_value(redis, key) + b"\n"
    return bytes(stored)


@pytest.mark.parametrize(
    ("store_url", "waiting"),
    [(EMBEDDED, 500), (ENGINE, 1000), pytest.param(ENGINE, 10_000, marks=pytest.mark.long)],
    indirect=["store_url"],
)
async def test_waiting_messages_are_unreadable_without_the_keys(make_container, clock, redis, key, waiting):
    numbers = new_numbers(waiting)
    contents = [FreeText(TEXT), TemplateText("result", {"who": PATIENT})]
    async with make_container(apps=json.dumps(APPS), **LIMITS) as container:
        for code, number in zip(CODES, numbers, strict=False):
            await send_messages(container, number, content=OwnCode(code))
        for place, first in enumerate(range(len(CODES), waiting, PER_CALL)):
            send_at = clock.now + 60_000 if place % 3 == 2 else 0
            some = numbers[first : first + PER_CALL]
            await send_messages(container, *some, content=contents[place % 2], send_at=send_at, reference="order-9")
        jobs = (await container.health.snapshot()).jobs
    assert sum(jobs.values()) == waiting

    stored = await dump(redis, key())

    assert stored.count(b"order-9") == waiting - len(CODES), "it shows values that are stored in the clear"
    hidden = [text.encode() for text in (TEXT, PATIENT, "is online", "Blood test")]
    hidden += [encoded for text in hidden for encoded in (text.hex().encode(), b64encode(text).rstrip(b"="))]
    assert not [text for text in hidden if text in stored]
    assert not set(re.findall(rb"3162\d{7}", stored))
    assert not set(re.findall(rb"(?<!\d)7000000\d{3}(?!\d)", stored))
