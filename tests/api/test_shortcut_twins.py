"""The fast path answers exactly as the slow one: 50,000 requests, good and bad, go both ways."""

import json
import random
from collections import Counter
from dataclasses import replace

import orjson
import pytest

from app.domain.caller import digest_key
from tests.support.calls import TEST_NUMBERS
from tests.support.house import PRODUCTION
from tests.support.makers import PHONE, make_settings
from tests.support.twins import Answer, Side, difference, open_twins
from tests.support.twins_requests import Request
from tests.support.twins_stories import ASK, CHECK, SHOP, Stories

PARTS = 20
EACH = 2500
APPS = {
    name: {
        "secret_keys": [digest_key(f"sk_{name}")],
        "publishable_keys": {digest_key(f"pk_{name}"): purposes},
        "origins": [SHOP],
        "human_check": asks,
    }
    for name, purposes, asks in [
        ("shop", ["login", "signup"], "suspicious"),
        ("club", [], "always"),
        ("bank", [], "never"),
    ]
}
USUAL = {
    "apps": json.dumps(APPS),
    "human_check": "altcha",
    "human_check_when": "suspicious",
    "trusted_proxies": "10.0.0.0/8",
    "countries": "NL,BE",
    "limit_calls_per_address": "12/min",
}
VARIANTS = [
    {"test_numbers": TEST_NUMBERS},
    {"resend_code": "new", "code_length": 8, "proof_subject": "pairwise"},
    PRODUCTION,
    {"client_header": "forwarded", "failure_watch": False, "limit_sends_per_app": "50/h", "resend_cooldown": 5},
]
# The fewest of each that a part must have seen, or it shows little.
ENOUGH = {
    "202": 100,
    "200": 25,
    "incorrect_code": 30,
    "no_pending_verification": 50,
    "too_many_attempts": 1,
    "rate_limited": 30,
    "invalid_phone_number": 8,
    "invalid_request": 200,
    "idempotency_key_reused": 2,
    "destination_not_allowed": 8,
    "destination_blocked": 3,
    "human_check_required": 5,
    "human_check_failed": 5,
    "unauthorized": 20,
    "forbidden": 20,
    "not_found": 20,
    "method_not_allowed": 20,
    "body_too_large": 10,
    "unsupported_media_type": 15,
    "temporarily_unavailable": 8,
}


def settings_of(part):
    """Each part runs under one of the variants, on the embedded store, which production itself does not take."""
    given = USUAL | VARIANTS[part % len(VARIANTS)]
    url = "redis://redis:6379/0" if given.get("env") == "production" else "memory://"
    return make_settings(given.pop("redis_url", url), **given).model_copy(update={"redis_url": "memory://"})


async def let_time_pass(chance, twins):
    """Let something happen between two requests: mostly nothing, now and then a while passes or Redis goes away."""
    twins.reach(is_there=True)
    what = chance.random()
    if what < 0.03:
        twins.clock.tick(seconds=chance.choice([1, 5, 31, 61, 61, 299, 301, 601, 3601]))
    elif what < 0.04:
        await twins.both(Side.drain)
    elif what < 0.043:
        await twins.both(Side.crowd)
    elif what < 0.053:
        twins.reach(is_there=False)


@pytest.mark.parametrize("part", range(PARTS))
async def test_the_fast_path_answers_exactly_as_the_slow_one(part, heard):
    """Status, every header line in its order, and body: of each request, and of all that it left behind."""
    chance, told = random.Random(part), Counter()  # noqa: S311  the same requests each time
    settings = settings_of(part)
    apps = ["shop", "shop", "bank", "club", *([] if settings.is_production else ["dev", "dev"])]
    stories = Stories(chance, apps, {number: test.code for number, test in settings.test_numbers.items()})
    async with open_twins(settings, part) as twins:
        for number in range(EACH):
            await let_time_pass(chance, twins)
            request = stories.tell()
            fast, slow = await twins.answer(request)
            differs = difference(fast, slow)
            assert not differs, f"part {part}, request {number}, {request.kind}: {differs}"
            told[fast.code if fast else "none"] += 1
            await stories.hear(request, fast, twins.fast.code_of)
        twins.reach(is_there=True)
        fast_keeps, slow_keeps = await twins.fast.kept(), await twins.slow.kept()
        assert {key for key in fast_keeps | slow_keeps if fast_keeps.get(key) != slow_keeps.get(key)} == set()
        assert len(twins.slow.inside) > EACH / 2 > len(twins.fast.inside)
    fast_lines, slow_lines = lines_of(heard)
    assert [
        number for number, (fast, slow) in enumerate(zip(fast_lines, slow_lines, strict=True)) if fast != slow
    ] == []
    assert told["internal_error"] == 0
    assert {code: told[code] for code, least in ENOUGH.items() if told[code] < least} == {}


def lines_of(stream):
    """Read the line of each request, of the fast ones and of the slow ones, but for what differs by chance."""
    lines = [orjson.loads(line) for line in stream.getvalue().splitlines()]
    drawn = {"request_id", "timestamp", "ms"}
    said = [{name: line[name] for name in line.keys() - drawn} for line in lines if line["event"] == "request"]
    return said[::2], said[1::2]


def plain(path, **fields):
    """Write a request that nothing is odd about."""
    request = Request("plain", path, fields)
    request.say("host", "127.0.0.1")
    request.say("authorization", "Bearer sk_dev")
    request.say("content-type", "application/json")
    return request


GOOD = {
    "202": plain(ASK, phone_number=PHONE),
    "no_pending_verification": plain(CHECK, verification_id="vf_x", code="042137"),
}


@pytest.mark.parametrize("code", GOOD)
async def test_a_good_request_takes_the_shortcut_and_the_twin_does_not(code):
    """Otherwise the twins would agree for being one."""
    async with open_twins(settings_of(0), 0) as twins:
        fast, slow = await twins.answer(GOOD[code])

        assert (fast.code, difference(fast, slow)) == (code, "")
        assert (twins.fast.inside, twins.slow.inside) == ([], [GOOD[code].path])


async def test_a_bug_is_answered_by_both_as_one():
    async with open_twins(settings_of(0), 0) as twins:
        await twins.both(Side.break_store)
        fast, slow = await twins.answer(GOOD["202"])

        assert (fast.code, difference(fast, slow)) == ("internal_error", "")


@pytest.mark.parametrize("length", [True, False])
async def test_a_body_that_never_comes_is_given_up_by_both(length):
    request = replace(GOOD["202"], stalls=True, length=length)
    async with open_twins(settings_of(0), 0, body_seconds=0.01) as twins:
        fast, slow = await twins.answer(request)

        assert (fast.code, difference(fast, slow)) == ("invalid_request", "")
        assert (b"connection", b"close") in fast.headers


def test_a_difference_is_told_without_what_was_said():
    """The answers hold proofs and whole numbers, and a failing suite is read by many."""
    one = Answer(200, [(b"content-type", b"application/json"), (b"vary", b"a")], PHONE.encode())
    others = {
        "status 202 for 200; code 202 for 200": replace(one, status=202),
        "the body": replace(one, body=b"{}"),
        "headers ['vary']": replace(one, headers=[one.headers[0], (b"vary", b"b")]),
        "the order of headers": replace(one, headers=one.headers[::-1]),
    }

    assert {said: difference(other, one) for said, other in others.items()} == {said: said for said in others}
    assert difference(None, one) == "the fast one did not answer"
    assert difference(one, one) == ""
