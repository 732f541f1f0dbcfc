"""Sending one event: its headers, and what becomes of it for each answer of its endpoint."""

import hmac
import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from app.domain.event_schedule import DAY, WAITS_S
from app.domain.ip_ranges import PRIVATE_RANGES, IpRanges
from app.http_client.pool import HttpClientPool, Timeouts
from app.http_client.responses import HttpResponse
from app.services.deliver_event import retry_after_s
from tests.support.actions import start_verification
from tests.support.builders import OTHER_PHONE, PUBLIC_URL
from tests.support.event_receiver import (
    Receiver,
    deliver_due,
    event_apps,
    read_event,
    secrets_of,
    state_of,
    take,
)
from tests.support.fake_vendor import Answer, Fault, unused_url
from tests.support.secrets import make_secret

HOUR = 3600
REQUESTED = ["verification.requested"]


@pytest.fixture
async def receiver():
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture
async def container(make_container, receiver):
    async with make_container(apps=event_apps(receiver.url, types=REQUESTED)) as container:
        yield container


def without_jitter(container):
    return replace(container, deliver_event=replace(container.deliver_event, random_bytes=bytes))


async def test_the_headers_are_those_of_standard_webhooks_and_of_cloudevents(container, receiver, clock):
    verification = await start_verification(container)
    await deliver_due(container)

    (request,) = receiver.requests
    headers = {name: value for name, value in request.headers.items() if name.startswith(("webhook-", "ce-"))}
    assert re.fullmatch(r"ev_[\w-]{22}", headers["webhook-id"])
    assert headers == {
        "webhook-id": headers["webhook-id"],
        "webhook-timestamp": str(clock.now // 1000),
        "webhook-signature": headers["webhook-signature"],
        "ce-specversion": "1.0",
        "ce-id": headers["webhook-id"],
        "ce-type": "verification.requested",
        "ce-source": f"{PUBLIC_URL}/dev",
        "ce-time": json.loads(request.body)["timestamp"],
        "ce-subject": verification.id,
    }
    assert (request.method, request.headers["content-type"]) == ("POST", "application/json")


async def test_a_retry_has_the_same_id_and_body_and_its_own_timestamp(container, receiver, clock):
    receiver.answers(Answer(500))
    await start_verification(container)
    await deliver_due(container)
    clock.tick(seconds=6)
    await deliver_due(container)

    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 6
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


async def test_two_events_have_two_ids(container, receiver):
    for number in ("+31612345678", OTHER_PHONE):
        await start_verification(container, number)
    await deliver_due(container)

    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 2


async def test_a_rotation_signs_with_both_secrets(make_container, receiver):
    apps, secrets = event_apps(receiver.url, types=REQUESTED), f"{make_secret('new')},{make_secret('old')}"
    async with make_container(apps=apps, secrets=secrets) as container:
        await start_verification(container)
        await deliver_due(container)
        new, old = secrets_of(container, receiver.url)

    (request,) = receiver.requests
    signatures = request.headers["webhook-signature"].split(" ")
    assert [signature[:3] for signature in signatures] == ["v1,", "v1,"]
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    for secret, signature in zip((new, old), signatures, strict=True):
        key = b64decode(secret.removeprefix("whsec_"))
        assert signature == f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}"
        assert read_event(request, secret)["type"] == "verification.requested"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_each_2xx_is_a_success(container, receiver, status):
    receiver.answers(Answer(status) if status != 299 else Answer(226))
    await start_verification(container)

    assert await deliver_due(container) == ["delivered"]
    assert (await state_of(container)).waiting == 0


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(500), "http_500"),
        (Answer(404), "http_404"),
        (Answer(400), "http_400"),
        (Answer(301, headers={"location": "http://127.0.0.1:1/"}), "http_301"),
        (Answer(307, headers={"location": "http://127.0.0.1:1/"}), "http_307"),
        (Answer(304), "http_304"),
        (Answer(429), "http_429"),
        (Fault.RESET, "no_answer"),
        (Fault.HANG, "no_answer"),
        (Fault.DRIP, "no_answer"),
        (Answer(200, body=b"x" * 70_000), "no_answer"),
    ],
    ids=str,
)
async def test_any_other_answer_is_a_failure_that_is_tried_again(make_container, receiver, answer, why, clock):
    receiver.answers(answer)
    async with make_container(apps=event_apps(receiver.url, types=REQUESTED), event_timeout=1) as container:
        await start_verification(container)

        assert await deliver_due(container) == ["waits"]
        assert (await state_of(container)).why == why
        assert len(receiver.requests) == 1, "no redirect is followed"
        clock.tick(seconds=6)
        assert await deliver_due(container) == ["delivered"]
        assert (await state_of(container)).failing_since == 0


async def test_an_endpoint_that_is_not_there_is_unreachable(make_container):
    async with make_container(apps=event_apps(unused_url(), types=REQUESTED)) as container:
        await start_verification(container)

        assert await deliver_due(container) == ["waits"]
        assert (await state_of(container)).why == "unreachable"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433"])  # noqa: S104  not bound
async def test_no_socket_opens_to_a_private_address_whatever_its_name(make_container, receiver, host):
    """The addresses are checked after the name was resolved, and that of the socket once more."""
    url = f"{receiver.url.replace('127.0.0.1', host)}/events"
    pool = HttpClientPool(Timeouts(connect=1, total=1), forbidden=IpRanges(PRIVATE_RANGES))
    async with make_container(apps=event_apps(url, types=REQUESTED)) as container:
        await start_verification(container)
        guarded = replace(container, deliver_event=replace(container.deliver_event, http_pool=pool))

        assert await deliver_due(guarded) == ["waits"]
        assert (await state_of(guarded)).why in {"private_address", "unreachable"}
        assert receiver.requests == []
        assert receiver.connections == 0
    await pool.close()


async def test_an_event_is_tried_ten_times_and_then_buried(container, receiver, clock):
    """An endpoint that fails for three days: every try at its time, none between."""
    receiver.default_answer = Answer(500)
    container = without_jitter(container)
    await start_verification(container)
    became = await deliver_due(container)
    for wait in WAITS_S:
        clock.tick(seconds=wait, ms=-1)
        assert await deliver_due(container) == []
        clock.tick(ms=1)
        became += await deliver_due(container)

    assert became == ["waits"] * 9 + ["buried"]
    assert len(receiver.requests) == 10
    (dead,) = await container.event_dead_letters.oldest()
    assert (dead.why, dead.tries) == ("http_500", 10)


async def test_an_endpoint_that_is_down_for_an_hour_gets_everything_afterwards(container, receiver, clock):
    receiver.default_answer = Answer(503)
    container = without_jitter(container)
    ids = []
    for minute in range(60):
        ids.append((await start_verification(container, f"+316123456{minute:02}")).id)
        await deliver_due(container)
        clock.tick(seconds=60)
    receiver.default_answer = Answer()
    receiver.requests.clear()

    for _ in range(130):
        clock.tick(seconds=60)
        await deliver_due(container)

    assert sorted(data["verification_id"] for data in receiver.of("verification.requested")) == sorted(ids)
    assert (await state_of(container)).waiting == 0
    assert await container.event_dead_letters.oldest() == []


async def test_410_ends_an_event_and_switches_the_endpoint_off(container, receiver, clock, logged_lines):
    receiver.default_answer = Answer(410)
    await start_verification(container)

    assert await deliver_due(container) == ["buried"]

    await start_verification(container, OTHER_PHONE)
    assert await deliver_due(container) == ["buried"]
    assert len(receiver.requests) == 1, "the second was not sent"
    assert [dead.why for dead in await container.event_dead_letters.oldest()] == ["http_410", "endpoint_gone"]
    lines = [json.loads(line) for line in logged_lines.getvalue().splitlines()]
    (switched_off,) = [line for line in lines if line["event"] == "event_endpoint_switched_off"]
    assert switched_off.items() >= {"level": "error", "reason": "gone", "why": "http_410", "app": "dev"}.items()


async def test_an_endpoint_that_fails_for_five_days_is_switched_off(container, receiver, clock, logged_lines):
    receiver.default_answer = Answer(500)
    for _ in range(6):
        await start_verification(container)
        await deliver_due(container)
        clock.tick(seconds=DAY)

    assert (await state_of(container)).off == "failing"
    assert logged_lines.getvalue().count(b"event_endpoint_switched_off") == 1


async def test_a_replay_switches_an_endpoint_on(container, receiver):
    receiver.answers(Answer(410))
    await start_verification(container)
    await deliver_due(container)
    (dead,) = await container.event_dead_letters.oldest()
    before = receiver.requests[0].headers["webhook-id"]

    assert await container.event_dead_letters.replay(dead.id)

    assert await deliver_due(container) == ["delivered"]
    assert receiver.requests[-1].headers["webhook-id"] == before


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_an_overloaded_endpoint_rests(container, receiver, clock, status):
    """All of its events wait, not only the one that it refused."""
    receiver.answers(Answer(status, headers={"retry-after": "90"}))
    await start_verification(container)
    await deliver_due(container)
    await start_verification(container, OTHER_PHONE)

    clock.tick(seconds=89)
    assert await deliver_due(container) == []
    clock.tick(seconds=2)
    assert "delivered" in await deliver_due(container)


async def test_an_event_of_a_type_that_is_no_longer_wanted_is_not_sent(make_container, receiver):
    async with make_container(apps=event_apps(receiver.url, types=REQUESTED)) as before:
        await start_verification(before)
    async with make_container(apps=event_apps(receiver.url, types=["verification.approved"])) as container:
        assert await deliver_due(container) == ["unwanted"]
    assert receiver.requests == []


@pytest.mark.parametrize(
    "changes",
    [{"type": "carrier.moved"}, {"type": ""}, {"at": "x"}, {"at": ""}, {"attempts": "many"}, {"created": "é"}],
)
async def test_an_unreadable_event_is_buried(container, receiver, redis, key, changes):
    """One that a newer version wrote, for example; it must not be tried for ever."""
    await start_verification(container)
    (event,) = await take(container)
    broken = replace(event, fields=event.fields | changes)

    assert await container.deliver_event(broken) == "buried"

    assert receiver.requests == []
    (dead,) = await container.event_dead_letters.oldest()
    assert dead.why == "unreadable_event"


async def test_fields_that_a_version_does_not_know_are_ignored(container, receiver):
    await start_verification(container)
    (event,) = await take(container)

    assert await container.deliver_event(replace(event, fields=event.fields | {"version": "2", "m1:new": "x"})) == (
        "delivered"
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("90", 90),
        (" 7 ", 7),
        ("-1", 0),
        ("1.5", 0),
        ("9" * 5000, DAY),
        ("99999", DAY),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", DAY),
        ("soon", 0),
        ("\N{ARABIC-INDIC DIGIT SEVEN}", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, seconds):
    now = datetime(2026, 10, 21, 7, 28, tzinfo=UTC).timestamp()

    assert retry_after_s(HttpResponse(429, {"retry-after": text}, b""), now=now) == seconds
