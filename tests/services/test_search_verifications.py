"""Searching the verifications and messages of a number."""

from datetime import date

import pytest

from app.container import open_container
from app.domain.errors import InvalidPhoneNumber, InvalidRequest
from app.domain.gateway import Refused
from app.domain.number_search import Blocker, BlockerKind, NumberSearch
from app.domain.status import Reason, Status
from app.domain.verification import State
from app.services.parts.job_results import Completed
from tests.support.actions import check, start_verification, start_with_code
from tests.support.builders import OTHER_PHONE, PHONE, make_settings
from tests.support.fake_gateways import FakeGateway
from tests.support.opt_outs import deliver, opt_out
from tests.support.outgoing import accepted_id
from tests.support.stores import on_both_stores

TODAY = date(2026, 11, 22)
UNLIMITED = {"limit_sends_per_number": "off"}


async def search(container, number=PHONE, *, app="dev", country=None, day=TODAY):
    return await container.search_verifications(NumberSearch(container.apps[app], number, country, day))


async def test_newest_verification_comes_first(container, clock):
    older, code = await start_with_code(container)
    clock.tick(seconds=1)
    newer = await start_verification(container, purpose="payment")
    await check(container, code, id=older)

    found = await search(container)

    assert [(one.id, one.state) for one in found.verifications] == [
        (newer.id, State.PENDING),
        (older, State.APPROVED),
    ]
    assert found.phone.e164 == PHONE
    assert found.log_name == container.keyring.log_name(PHONE)


@pytest.mark.parametrize(("number", "country"), [("06 12345678", "NL"), ("0031612345678", None), (PHONE, "DE")])
async def test_number_may_be_spelled_as_in_a_request(container, number, country):
    verification = await start_verification(container)

    assert [one.id for one in (await search(container, number, country=country)).verifications] == [verification.id]


async def test_other_apps_and_other_numbers_are_not_found(container):
    await start_verification(container)

    assert (await search(container, app="bank")).verifications == []
    assert (await search(container, OTHER_PHONE)).verifications == []


@pytest.mark.parametrize("number", ["+31201234567", "+3161234567", "hello", ""])
async def test_number_that_receives_no_sms_is_refused(container, number):
    with pytest.raises(InvalidPhoneNumber):
        await search(container, number)


async def test_unknown_country_is_refused(container):
    with pytest.raises(InvalidRequest) as refusal:
        await search(container, "0612345678", country="ZZ")

    assert refusal.value.errors[0]["pointer"] == "/country"


@pytest.mark.parametrize("number", ["+4915123456789", "+447797712345"])  # of Germany, and of Jersey where GB is open
async def test_closed_country_is_a_blocker(make_container, number):
    async with make_container(countries="NL,GB") as container:
        assert (await search(container, number)).blockers == [Blocker(BlockerKind.COUNTRY)]
        assert (await search(container, PHONE)).blockers == []


async def test_country_that_was_closed_later_keeps_its_verifications_findable(make_container):
    async with make_container() as container:
        verification = await start_verification(container)
    async with make_container(countries="DE") as container:
        found = await search(container)

    assert [one.id for one in found.verifications] == [verification.id]
    assert found.blockers == [Blocker(BlockerKind.COUNTRY)]


async def test_test_number_need_not_exist_and_has_no_limits(make_container):
    fictional = "+31600000000"
    async with make_container(test_numbers=f"{fictional}=042137@{TODAY}", limit_sends_per_app="1/d") as container:
        await start_verification(container, fictional, day=TODAY)
        await start_verification(container, PHONE)

        found = await search(container, fictional)
        assert (len(found.verifications), found.blockers) == (1, [])
        with pytest.raises(InvalidPhoneNumber):
            await search(container, fictional, day=date(2026, 11, 23))


@on_both_stores
async def test_the_newest_hundred_are_found(make_container, clock):
    async with make_container(**UNLIMITED) as container:
        for _ in range(103):
            newest = await start_verification(container)
            clock.tick(ms=1)

        found = (await search(container)).verifications

    assert len({one.id for one in found}) == 100
    assert found[0].id == newest.id
    assert [one.created_at for one in found] == sorted([one.created_at for one in found], reverse=True)


async def test_ended_verification_is_found_until_its_retention_ends(make_container, clock, redis, key):
    """Keys expire by the server's clock; here the record is deleted in its place."""
    async with make_container(keep=3600, **UNLIMITED) as container:
        verification = await start_verification(container)
        clock.tick(seconds=300)
        assert [one.state for one in (await search(container)).verifications] == [State.EXPIRED]

        await redis.delete(key("verification", verification.id))
        assert (await search(container)).verifications == []


async def test_record_that_no_key_decrypts_is_left_out(container, server, tag, clock):
    """Its secret left the rotation: the answer has the others, and `GET` does not find it either."""
    other_secret = "k2:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
    await start_verification(container)
    async with open_container(make_settings(tag=tag, secrets=other_secret), now=clock, server=server) as rotated:
        readable = await start_verification(rotated)

        assert [one.id for one in (await search(rotated)).verifications] == [readable.id]


async def test_forgetting_a_number_empties_its_search(make_container):
    async with make_container(**UNLIMITED) as container:
        for _ in range(60):
            await start_verification(container)
        await container.numbers.forget("dev", container.store.encryption.name_number(PHONE))

        found = await search(container)

    assert (found.verifications, found.blockers, found.failures) == ([], [], 0)


async def test_a_search_takes_one_round_trip_and_one_for_each_32_verifications(redis_proxy, engine_url, tag, clock):
    async with open_container(make_settings(redis_proxy.url, tag, **UNLIMITED), now=clock) as container:
        for _ in range(100):
            await start_verification(container)
        await search(container)  # loads the scripts
        before = redis_proxy.round_trips

        assert len((await search(container)).verifications) == 100

    assert redis_proxy.round_trips - before <= 1 + 4


async def test_newest_message_comes_first_with_the_gateway_that_was_called_last(container, clock):
    gateways = FakeGateway(Refused("no", reason=Reason.INVALID_SENDER), name="first"), FakeGateway(name="second")
    sent = await accepted_id(container)
    await deliver(container, sent, *gateways)
    clock.tick(seconds=1)
    waiting = await accepted_id(container, purpose="order", send_at=clock() + 3_600_000)
    await accepted_id(container, OTHER_PHONE)
    await accepted_id(container, app="bank")

    found = await search(container)

    assert [(one.id, one.purpose, one.status, one.gateway, one.reason) for one in found.messages] == [
        (waiting, "order", Status.QUEUED, None, None),
        (sent, "alert", Status.SENT, "second", None),
    ]
    assert found.verifications == []


@on_both_stores
async def test_opt_out_from_messages_is_a_blocker_of_its_sender(container, clock):
    await opt_out(container)
    since = clock()
    clock.tick(seconds=60)

    (blocker,) = (await search(container)).blockers

    expected = {"sender": "gateway:carrier", "since": since}
    assert blocker == Blocker(BlockerKind.OPT_OUT, until=since + 5 * 365 * 86_400_000, **expected)
    assert (await search(container, app="bank")).blockers == []
    assert await start_verification(container), "it refuses no code"


@on_both_stores
async def test_the_newest_hundred_messages_are_found(make_container, clock):
    async with make_container(limit_messages_per_number="off") as container:
        for _ in range(103):
            newest = await accepted_id(container)
            clock.tick(ms=1)

        found = (await search(container)).messages

    assert len({one.id for one in found}) == 100
    assert found[0].id == newest


@on_both_stores
async def test_forgetting_a_number_deletes_its_messages_and_drops_their_jobs(container, clock, redis, key):
    """Those that a gateway has, that wait for a worker, and that wait for their time."""
    sent, waiting = await accepted_id(container), await accepted_id(container)
    await deliver(container, sent)
    scheduled = await accepted_id(container, send_at=clock() + 60_000)
    other = await accepted_id(container, OTHER_PHONE, send_at=clock() + 60_000)
    name = container.store.encryption.name_number(PHONE)

    await container.numbers.forget("dev", name)

    assert (await search(container)).messages == []
    stored = [raw.decode() async for raw in redis.scan_iter(f"{key()}:*")]
    assert not [one for one in stored for part in (name, sent, waiting, scheduled) if part in one]
    assert await redis.zrange(key("scheduled"), 0, -1) == [other.encode()]
    gateway = FakeGateway()
    assert [await deliver(container, id, gateway) for id in (waiting, scheduled)] == [Completed("dropped")] * 2
    assert gateway.sent == []
    assert await deliver(container, other, gateway) == Completed("sent")
