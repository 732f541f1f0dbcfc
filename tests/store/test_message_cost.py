"""message_cost: count what messages cost by day, and learn the prices that vendors report."""

import asyncio

import pytest

from app.domain.gateway import Refused, Unsure
from app.domain.message import Accepted
from app.domain.prices import Prices
from tests.support.actions import read_verification
from tests.support.builders import OTHER_PHONE
from tests.support.messages import apply_report, open_attempt, open_message, record_outcome, report_job

DAY_MS = 86_400_000
PRICES = Prices(listed={("*", "NL"): 80_000})
EXPECTED = PRICES.charge("", expected=80_000)


async def accept(container, price=None, *, id="ms_1", segments=1, expected=80_000):
    charge = PRICES.charge(price or "", expected=expected)
    await record_outcome(container, Accepted(f"v-{id}", segments, price), id=id, charge=charge)


async def report(container, price, *, status="delivered", id="ms_1", **changes):
    job = report_job(container, status, reference=id, price=price, **changes)
    return await apply_report(container, job, charge=PRICES.charge(price))


async def spent(container, clock, *, days=0):
    return dict(await container.spending.of_day(clock() // DAY_MS + days))


async def learned(container):
    return await container.reported_prices.read()


async def test_what_a_gateway_accepted_costs_its_price_in_the_table(container, clock):
    await open_message(container)
    await accept(container)
    await open_message(container, OTHER_PHONE, id="ms_2")
    await accept(container, id="ms_2", segments=2, expected=160_000)

    assert await spent(container, clock) == {("dev", "NL"): 240_000}
    assert (await learned(container)).by_pair == {}


@pytest.mark.parametrize("outcome", [Refused("no"), Unsure("?")], ids=["refused", "unsure"])
async def test_what_no_gateway_accepted_costs_nothing(container, clock, outcome):
    await open_message(container)

    await record_outcome(container, outcome, charge=EXPECTED)

    assert await spent(container, clock) == {}


async def test_each_gateway_that_accepted_a_send_costs(container, clock):
    """A slow gateway may send although the next one did."""
    job = await open_message(container)
    await open_attempt(container, job, id="ms_2", gateway="other", tried=1)
    await accept(container)
    await accept(container, id="ms_2")

    assert await spent(container, clock) == {("dev", "NL"): 160_000}


async def test_a_price_in_the_answer_counts_in_place_of_the_table_and_is_learned_by_segment(container, clock):
    await open_message(container)

    await accept(container, "0.1 EUR", segments=2)

    assert await spent(container, clock) == {("dev", "NL"): 100_000}
    assert (await learned(container)).by_pair == {("carrier", "NL"): 50_000}


async def test_a_price_in_a_report_corrects_the_day_and_is_learned_once(container, clock):
    job = await open_message(container)
    await accept(container, segments=2)

    assert await report(container, "0.12 EUR", status="buffered") == "moved"
    assert await report(container, "0.12 EUR") == "moved"
    assert await report(container, "0.12 EUR") == "kept"

    assert await spent(container, clock) == {("dev", "NL"): 120_000}
    assert (await learned(container)).by_pair == {("carrier", "NL"): 60_000}
    (send,) = (await read_verification(container, job.record)).sends
    assert send.messages[0].price == "0.12 EUR"


async def test_a_report_of_the_next_day_corrects_the_day_of_the_message(container, clock):
    await open_message(container)
    await accept(container)
    clock.tick(ms=DAY_MS - clock() % DAY_MS)

    await report(container, "0.05 EUR")

    assert await spent(container, clock, days=-1) == {("dev", "NL"): 50_000}
    assert await spent(container, clock) == {}


async def test_a_report_counts_a_message_whose_call_was_unsure(container, clock):
    await open_message(container)
    await record_outcome(container, Unsure("?"))

    await report(container, "0.05 EUR")

    assert await spent(container, clock) == {("dev", "NL"): 50_000}
    assert (await learned(container)).by_pair == {}, "the number of segments is not known"


async def test_a_report_that_overtakes_the_answer_counts_once(container, clock):
    await open_message(container)
    await report(container, "0.05 EUR")

    await accept(container)

    assert await spent(container, clock) == {("dev", "NL"): 50_000}


async def test_parallel_reports_are_counted_and_learned_once(container, clock):
    await open_message(container)
    await accept(container)
    await open_message(container, OTHER_PHONE, id="ms_2")
    await accept(container, "0.04 EUR", id="ms_2")

    await asyncio.gather(*(report(container, "0.12 EUR") for _ in range(20)))

    assert await spent(container, clock) == {("dev", "NL"): 160_000}
    assert (await learned(container)).by_pair == {("carrier", "NL"): 50_000}


async def test_a_message_weighs_an_eighth_of_the_learned_price(container):
    for number, price in enumerate(("0.08", "0.16", "0.16")):
        id = f"ms_{number}"
        await open_message(container, f"+3161234560{number}", id=id)
        await accept(container, f"{price} EUR", id=id)

    assert (await learned(container)).by_pair == {("carrier", "NL"): 98_750}


@pytest.mark.parametrize("price", ["0.0712 USD", "0.0712", "0.81 EUR", "0.0079 EUR"])
async def test_a_price_that_is_not_believed_changes_nothing_but_what_doctor_shows(container, clock, price):
    """Another currency, or more than ten times above or below the table."""
    await open_message(container)
    await accept(container)

    await report(container, price)

    assert await spent(container, clock) == {("dev", "NL"): 80_000}
    assert (await learned(container)).by_pair == {}
    assert (await learned(container)).refused == {"carrier": price}


async def test_a_price_of_nothing_is_none(container, clock):
    """Vendors report it before they bill."""
    await open_message(container)

    await accept(container, "0.000 EUR")

    assert await spent(container, clock) == {("dev", "NL"): 80_000}
    assert (await learned(container)).refused == {}


async def test_a_believed_price_ends_the_note_of_a_refused_one(container):
    await open_message(container)
    await accept(container, "0.07 USD")
    await report(container, "0.07 EUR")

    assert (await learned(container)).refused == {}


async def test_a_report_of_another_gateway_or_for_an_unknown_message_counts_nothing(container, clock):
    await open_message(container)
    await accept(container)

    assert await report(container, "0.1 EUR", gateway="forger") == "unknown"
    assert await report(container, "0.1 EUR", id="ms_unknown") == "unknown"

    assert await spent(container, clock) == {("dev", "NL"): 80_000}
    assert (await learned(container)).by_pair == {}


async def test_the_cost_of_a_deleted_verification_stays_counted(container, redis, key, clock):
    job = await open_message(container)
    await accept(container)
    await redis.delete(key("verification", job.record))

    await report(container, "0.1 EUR")

    assert await spent(container, clock) == {("dev", "NL"): 80_000}


async def test_the_keys_expire(container, redis, key, clock):
    await open_message(container)
    await accept(container, "0.1 EUR")

    assert 89 * DAY_MS < await redis.pttl(key("reported_prices", "EUR")) <= 90 * DAY_MS
    assert 2 * DAY_MS < await redis.pttl(key("spending", "EUR", str(clock() // DAY_MS))) <= 3 * DAY_MS
