"""Which change is which event, and what its `data` holds: what GET showed at that moment, with the number masked."""

import asyncio
import re

import pytest

from app.api.responses import VerificationResponse
from app.domain.event_data import event_data
from app.domain.event_schedule import DAY
from app.domain.events import EVENT_TYPES, FIELDS, TYPES_BY_NAME
from app.domain.gateway import Refused, Unreachable
from app.domain.jobs import SendJob
from app.domain.message import Accepted
from app.domain.request_context import IdempotencyScope
from app.domain.status import Reason, Status
from tests.support.actions import (
    cancel,
    check,
    fail_attempts,
    raise_failure_watch,
    read_verification,
    resend,
    start_verification,
    start_with_code,
)
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.event_receiver import event_apps, take
from tests.support.fake_gateways import FakeGateway, deliver_job
from tests.support.messages import apply_report, report_job

MASKED = "+31*******78"


@pytest.fixture
async def container(make_container):
    async with make_container(apps=event_apps()) as container:
        yield container


async def due(container):
    """Take what is due, as delivered; return type and `data` of each event, in the order in which they were written."""
    events = sorted(await take(container), key=lambda event: [int(part) for part in re.split("[-/]", event.member)])
    for event in events:
        await container.deliver_event.deliveries.settle(event, "delivered")
    return [(event.fields["type"], event.data(event.type)) for event in events]


async def as_get(container, id):
    """Return what GET shows now, with the number masked."""
    response = VerificationResponse.model_validate(await read_verification(container, id))
    return response.model_dump(mode="json") | {"phone_number": MASKED}


async def test_a_request_is_an_event(container):
    verification = await start_verification(container, reference="cart-77 é")

    ((type, data),) = await due(container)

    assert (type, data) == ("verification.requested", await as_get(container, verification.id))


async def test_a_repeated_request_is_no_event(container):
    for _ in range(2):
        await start_verification(container, idempotency=IdempotencyScope("dev|a||k", "{}"))

    assert [type for type, _ in await due(container)] == ["verification.requested"]


async def test_an_approval_is_an_event_with_all_sends(container, clock):
    id, code = await start_with_code(container)
    gateway = FakeGateway(Accepted("v-1", segments=1, price="0.0712 EUR"))
    await deliver_job(container, gateway, SendJob(id, 1))
    clock.tick(seconds=30)
    await resend(container, id)
    await deliver_job(container, FakeGateway(Refused("no", reason=Reason.INVALID_NUMBER)), SendJob(id, 2), by="job-2")
    await check(container, code, id=id)

    type, data = (await due(container))[-1]

    assert (type, data) == ("verification.approved", await as_get(container, id))
    assert [len(send["messages"]) for send in data["sends"]] == [1, 1]
    assert data["sends"][0]["messages"][0]["price"] == "0.0712 EUR"
    assert data["status"] == "approved"


async def test_what_an_approval_ends_is_no_event(container):
    """No script sees it: a generation ends it."""
    await start_verification(container)
    id, code = await start_with_code(container)
    await check(container, code, id=id)

    types = [type for type, _ in await due(container)]

    assert types == ["verification.requested", "verification.requested", "verification.approved"]


async def test_a_cancelation_is_an_event(container):
    verification = await start_verification(container)
    await cancel(container, verification.id)

    type, data = (await due(container))[-1]

    assert (type, data) == ("verification.canceled", await as_get(container, verification.id))


async def test_the_last_attempt_is_an_event(container):
    await fail_attempts(container, 5)

    types = [type for type, _ in await due(container)]

    assert types == ["verification.requested", "verification.locked"]


async def test_a_check_by_number_locks_each_verification_as_an_event(container):
    ids = [(await start_verification(container)).id for _ in range(2)]
    for _ in range(5):
        await asyncio.gather(check(container, "000000", number=PHONE), return_exceptions=True)

    locked = [data["verification_id"] for type, data in await due(container) if type == "verification.locked"]

    assert sorted(locked) == sorted(ids)


async def test_a_message_is_sent_and_delivered(container):
    verification = await start_verification(container, reference="cart-77")
    gateway = FakeGateway(Accepted("v-1", segments=2, price="0.0712 EUR"))
    await deliver_job(container, gateway, SendJob(verification.id, 1))
    await container.messages.apply(report_job(container, "delivered", reference=gateway.sent[0].id))

    _, sent, delivered = await due(container)

    data = {
        "message_id": gateway.sent[0].id,
        "verification_id": verification.id,
        "purpose": "login",
        "gateway": "carrier",
        "status": "sent",
        "reason": None,
        "segments": 2,
        "price": "0.0712 EUR",
        "phone_number": MASKED,
        "reference": "cart-77",
    }
    assert sent == ("message.sent", data)
    assert delivered == ("message.delivered", data | {"status": "delivered"})


async def test_a_repeated_report_is_no_event(container):
    verification = await start_verification(container)
    gateway = FakeGateway()
    await deliver_job(container, gateway, SendJob(verification.id, 1))
    reports = [
        report_job(container, status, reference=gateway.sent[0].id) for status in ("delivered", "delivered", "sent")
    ]
    for report in reports:
        await container.messages.apply(report)

    assert [type for type, _ in await due(container)][1:] == ["message.sent", "message.delivered"]


@pytest.mark.parametrize("status", [Status.UNDELIVERED, Status.EXPIRED, Status.FAILED])
async def test_each_status_of_failure_is_a_failed_message(container, status):
    verification = await start_verification(container)
    gateway = FakeGateway()
    await deliver_job(container, gateway, SendJob(verification.id, 1))
    await container.messages.apply(report_job(container, status, reference=gateway.sent[0].id))

    type, data = (await due(container))[-1]

    assert (type, data["status"]) == ("message.failed", status)


async def test_a_refused_message_is_an_event_with_its_reason(container):
    verification = await start_verification(container)
    await deliver_job(container, FakeGateway(Refused("no", reason=Reason.NO_CREDIT)), SendJob(verification.id, 1))

    type, data = (await due(container))[-1]

    assert (type, data["reason"], data["status"]) == ("message.failed", "no_credit", "failed")


async def test_a_message_that_no_gateway_took_is_no_event_yet(container):
    """It is sent again."""
    verification = await start_verification(container)
    await deliver_job(container, FakeGateway(Unreachable("down")), SendJob(verification.id, 1))

    assert [type for type, _ in await due(container)] == ["verification.requested"]


async def test_a_report_that_came_before_its_message_is_an_event_when_it_is_applied(container):
    verification = await start_verification(container)
    gateway = FakeGateway(Accepted("v-1"))
    early = report_job(container, "delivered", vendor_id="v-1")
    assert await apply_report(container, early) == "parked"

    await deliver_job(container, gateway, SendJob(verification.id, 1))

    assert [type for type, _ in await due(container)][1:] == ["message.sent", "message.delivered"]


async def test_a_test_number_is_an_event_too(make_container):
    """A backend can be tested without an SMS."""
    async with make_container(apps=event_apps(), test_numbers=f"{PHONE}=042137@2099-12-31") as container:
        verification = await start_verification(container)
        await check(container, "042137", id=verification.id)

        assert [type for type, _ in await due(container)] == ["verification.requested", "verification.approved"]


async def test_the_failure_watch_is_an_event_when_it_is_raised_and_when_it_ends(container):
    await raise_failure_watch(container)
    for number in range(400):
        id, code = await start_with_code(container, f"+3162000{number:04d}")
        await check(container, code, id=id)

    watch = [(type, data) for type, data in await due(container) if type.startswith("watch.")]

    assert [type for type, _ in watch] == ["watch.raised"] * 2 + ["watch.ended"] * 2
    assert [data for _, data in watch[:2]] == [{"app": app, "failed": 200, "checked": 200} for app in (None, "dev")]
    assert all(data["failed"] / data["checked"] <= 0.35 for _, data in watch[2:])


async def test_half_and_four_fifths_of_a_limit_are_events_once_a_window(make_container, clock, logged_lines):
    limits = {"limit_sends_per_app": "10/d", "limit_sends_per_country": "20/d"}
    async with make_container(apps=event_apps(types=["limit.warning"]), **limits) as container:
        for number in range(10):
            await start_verification(container, f"+3161234567{number}")
        found = await due(container)

    ends = found[0][1]["window_ends_at"]
    assert found[0] == (
        "limit.warning",
        {"limit": "sends_per_app", "app": "dev", "country": None, "share": 0.5, "window_ends_at": ends},
    )
    assert [(data["limit"], data["country"], data["share"]) for _, data in found[1:]] == [
        ("sends_per_app", None, 0.8),
        ("sends_per_country", "NL", 0.5),
    ]
    assert logged_lines.getvalue().count(b'"limit_share_spent"') == 3


async def test_a_limit_is_warned_of_again_in_the_next_window(make_container, clock):
    """Not whenever the count falls below the share and rises again."""
    limits = {"limit_sends_per_app": "2/h", "limit_sends_per_number": "off"}
    async with make_container(apps=event_apps(types=["limit.warning"]), **limits) as container:
        shares = []
        for seconds in (0, 1800, 1801, DAY):
            clock.tick(seconds=seconds)
            await start_verification(container)
            shares.append([data["share"] for _, data in await due(container)])

    assert shares == [[0.5], [0.8], [], [0.5]]


async def test_a_resend_warns_of_a_limit_too(make_container, clock):
    async with make_container(apps=event_apps(types=["limit.warning"]), limit_sends_per_app="4/d") as container:
        verification = await start_verification(container)
        clock.tick(seconds=30)
        await resend(container, verification.id)

        assert [data["share"] for _, data in await due(container)] == [0.5]


async def test_a_limit_of_a_country_is_an_event_for_every_app_and_one_of_an_app_for_its_own(make_container):
    limits = {"limit_sends_per_app": "2/d", "limit_sends_per_country": "2/d"}
    async with make_container(apps=event_apps(app="shop", types=["limit.warning"]), **limits) as container:
        await start_verification(container, app="bank")

        assert [data["limit"] for _, data in await due(container)] == ["sends_per_country"]


async def test_whole_numbers_are_sent_only_where_they_are_asked_for(make_container):
    async with make_container(apps=event_apps(whole_number=True)) as container:
        verification = await start_verification(container)
        await deliver_job(container, FakeGateway(), SendJob(verification.id, 1))

        assert [data["phone_number"] for _, data in await due(container)] == [PHONE, PHONE]


async def test_a_forgotten_number_is_masked_in_events_that_wait(make_container):
    async with make_container(apps=event_apps(whole_number=True)) as container:
        await start_verification(container)
        await start_verification(container, OTHER_PHONE)
        await container.numbers.forget("dev", container.store.encryption.name_number(PHONE))

        assert [data["phone_number"] for _, data in await due(container)] == [MASKED, OTHER_PHONE]


@pytest.mark.parametrize("type", [type.name for type in EVENT_TYPES])
def test_every_type_has_the_fields_of_the_table(type):
    family = TYPES_BY_NAME[type].family

    assert list(event_data(family, {}, None)) == list(FIELDS[family])
