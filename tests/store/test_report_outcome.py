"""report_outcome: what became of an app's own code changes the fraud guard's figures, once."""

import asyncio

import pytest

from app.domain.errors import InvalidRequest, NoSuchMessage
from app.domain.outgoing_message import OwnCode
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.fake_gateways import FakeGateway
from tests.support.messages import apply_report, report_job
from tests.support.opt_outs import deliver
from tests.support.outgoing import accepted_id

CODE = OwnCode("042137")
PEOPLE, GUESSED = 4, 8  # the places of these fields in the row of a country
UNTYPED = 4  # in that of a block
DAY_S = 86_400


@pytest.fixture
async def guarded(make_container):
    """A container whose app `dev` reports outcomes already, so that the guard charges its codes."""
    async with make_container(guard="enforce", limit_sends_per_number="off") as container:
        await report(container, await code_message(container, OTHER_PHONE), approved=True)
        yield container


async def code_message(container, number=PHONE, **changes):
    return await accepted_id(container, number, content=CODE, purpose="login", **changes)


async def report(container, id, *, approved, app="dev"):
    await container.report_outcome(id, container.apps[app], approved=approved)


async def figure(redis, key, field, *, app="dev"):
    """Return a figure of the Netherlands, to be compared within a test: it decays only with the days."""
    row = await redis.hget(key("guard", app), "country:NL")
    return round(int(row.split(b",")[field]) / 100) if row else 0


async def untyped(redis, key):
    """Return how many delivered codes of all blocks were not typed."""
    keys = [stored_key async for stored_key in redis.scan_iter(key("guard_blocks", "*"))]
    rows = [row for stored_key in keys for row in (await redis.hgetall(stored_key)).values()]
    return sum(round(int(row.split(b",")[UNTYPED]) / 100) for row in rows)


async def test_approval_counts_a_person_and_proves_the_number(guarded, redis, key):
    await report(guarded, await code_message(guarded), approved=True)
    assert await figure(redis, key, PEOPLE) == 1

    again = await code_message(guarded)
    await report(guarded, again, approved=True)

    assert await figure(redis, key, PEOPLE) == 1, "the number was proven before"
    assert b"guard_free" in await redis.hkeys(key("number", "dev", guarded.store.encryption.name_number(PHONE)))


async def test_wrong_code_counts_as_a_guess(guarded, redis, key):
    await report(guarded, await code_message(guarded), approved=False)

    assert (await figure(redis, key, PEOPLE), await figure(redis, key, GUESSED)) == (0, 1)


@pytest.mark.parametrize("first", [True, False])
async def test_only_the_first_outcome_counts(guarded, redis, key, first):
    id = await code_message(guarded)

    for approved in (first, not first, first):
        await report(guarded, id, approved=approved)

    assert (await figure(redis, key, PEOPLE), await figure(redis, key, GUESSED)) == (int(first), int(not first))


async def test_of_racing_reports_one_counts(guarded, redis, key):
    ids = [await code_message(guarded, f"+3161234560{n}") for n in range(3)]

    await asyncio.gather(*(report(guarded, id, approved=n % 2 == 0) for id in ids for n in range(20)))

    assert await figure(redis, key, PEOPLE) + await figure(redis, key, GUESSED) == len(ids)


@pytest.mark.parametrize("is_reported_first", [True, False])
async def test_approved_code_does_not_count_as_delivered_and_never_typed(guarded, redis, key, is_reported_first):
    """Whether the gateway's report comes before the outcome or after it."""
    id = await code_message(guarded)
    await deliver(guarded, id, FakeGateway())
    if is_reported_first:
        await apply_report(guarded, report_job(guarded, "delivered", reference=id))
        assert await untyped(redis, key) == 1

    await report(guarded, id, approved=True)
    if not is_reported_first:
        await apply_report(guarded, report_job(guarded, "delivered", reference=id))

    assert await untyped(redis, key) == 0


async def test_codes_are_charged_while_the_app_reports_outcomes(make_container, redis, key, clock):
    """After 30 days without a report they are not any more, and then each one of another app's never was."""
    async with make_container(guard="enforce") as container:
        first = await code_message(container)
        assert await redis.hget(key("outgoing", first), "guard") is None

        await report(container, first, approved=False)
        charged = await code_message(container)
        assert await redis.hget(key("outgoing", charged), "guard") is not None
        other_app = await code_message(container, app="bank")
        assert await redis.hget(key("outgoing", other_app), "guard") is None

        clock.tick(seconds=30 * DAY_S)
        later = await code_message(container)
        assert await redis.hget(key("outgoing", later), "guard") is None


async def test_outcome_of_a_test_number_changes_no_figure(make_container, redis, key):
    async with make_container(guard="enforce", test_numbers=f"{PHONE}=042137@2099-12-31") as container:
        id = await code_message(container)
        await report(container, id, approved=True)

        assert await redis.hget(key("outgoing", id), "outcome") == b"approved"
    assert not await redis.exists(key("outcomes_reported", "dev"))
    assert await redis.keys(key("proven_numbers", "*")) == []


async def test_message_without_a_code_has_no_outcome(guarded, redis, key):
    with pytest.raises(InvalidRequest) as refusal:
        await report(guarded, await accepted_id(guarded), approved=True)

    assert refusal.value.errors[0]["path"] == "id"


@pytest.mark.parametrize("id", ["", "ms_unknown", "vf_unknown"])
async def test_unknown_message_is_not_found(guarded, id):
    with pytest.raises(NoSuchMessage):
        await report(guarded, id, approved=True)


async def test_message_of_another_app_is_not_found(guarded, redis, key):
    id = await code_message(guarded)

    with pytest.raises(NoSuchMessage):
        await report(guarded, id, approved=True, app="bank")

    assert await redis.hget(key("outgoing", id), "outcome") is None
