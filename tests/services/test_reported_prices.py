"""Prices that vendors report: used beside the table for what the next SMS cost, and for the day's spending."""

import pytest

from app.domain.errors import RateLimited
from app.domain.jobs import ReportJob, SendJob
from app.domain.message import Accepted
from app.services.read_spending import Spent, read_spending
from tests.support.actions import start_verification
from tests.support.fake_gateways import FakeGateway, deliver_job
from tests.support.messages import open_message, record_outcome, report_job

NUMBERS = [f"+316123{number:05d}" for number in range(20)]
WILDCARD = "gateway,country,price\n*,*,0.08\n"
BOTH = WILDCARD + "inbox,NL,0.08\n"


async def report_price(container, price):
    """Let the developer's inbox, the gateway of all routes, report a price of a message."""
    await open_message(container, "+31687654321", gateway="inbox")
    charge = container.deliver_message.costs.of_accepted(Accepted("v-1", 1, price), gateway="inbox", country="NL")
    await record_outcome(container, Accepted("v-1", 1, price), gateway="inbox", charge=charge)
    await container.refresh_prices()


async def count_allowed(container):
    """Return how many SMS a limit on money allows."""
    for count, number in enumerate(NUMBERS):
        try:
            await start_verification(container, number)
        except RateLimited:
            return count
    return len(NUMBERS)


@pytest.mark.parametrize(
    ("table", "price", "allowed"),
    [
        (WILDCARD, None, 11),  # after one of 0.08
        (WILDCARD, "0.20 EUR", 4),
        (WILDCARD, "0.90 EUR", 11),  # not believed
        (WILDCARD, "0.20 USD", 11),
        (BOTH, "0.20 EUR", 11),
    ],
    ids=["none", "beside the table", "not believed", "another currency", "the row of both counts"],
)
async def test_a_reported_price_counts_where_no_row_names_gateway_and_country(make_container, table, price, allowed):
    async with make_container(limit_spend_per_app="1.00/d", prices=table) as container:
        await report_price(container, price)

        assert await count_allowed(container) == allowed


async def test_prices_that_were_learned_in_another_currency_do_not_count(make_container):
    async with make_container(prices=WILDCARD) as container:
        await report_price(container, "0.20 EUR")
    async with make_container(limit_spend_per_app="1.00/d", prices=WILDCARD, currency="USD") as container:
        await container.refresh_prices()

        assert await count_allowed(container) == 12


async def test_prices_that_a_changed_table_excludes_do_not_count(make_container):
    async with make_container(prices=WILDCARD) as container:
        await report_price(container, "0.75 EUR")
    table = "gateway,country,price\n*,*,0.05\n"
    async with make_container(limit_spend_per_app="1.00/d", prices=table) as container:
        await container.refresh_prices()

        assert await count_allowed(container) == 20


async def test_what_the_day_has_cost_is_read_by_app_and_country(make_container, clock):
    table = "gateway,country,price\n*,NL,0.08\n*,BE,0.25\n"
    async with make_container(prices=table) as container:
        gateway = FakeGateway(Accepted("v-1", 1, "0.10 EUR"))
        for number, app in ((NUMBERS[0], "dev"), (NUMBERS[1], "dev"), ("+32470123456", "dev"), (NUMBERS[2], "bank")):
            verification = await start_verification(container, number, app=app)
            await deliver_job(container, gateway, SendJob(verification.id, 1))

        assert await read_spending(container.spending, now=clock() / 1000) == [
            Spent("dev", "BE", 250_000),
            Spent("dev", "NL", 180_000),
            Spent("bank", "NL", 80_000),
        ]
        assert await read_spending(container.spending, now=clock() / 1000 + 86_400) == []


async def test_a_report_corrects_what_the_day_has_cost(make_container, clock):
    async with make_container(prices=WILDCARD) as container:
        gateway = FakeGateway()
        verification = await start_verification(container)
        await deliver_job(container, gateway, SendJob(verification.id, 1))
        report = report_job(container, "delivered", reference=gateway.sent[0].id, price="0.12 EUR")

        await container.apply_report(ReportJob.read(report.fields()))

        assert await read_spending(container.spending, now=clock() / 1000) == [Spent("dev", "NL", 120_000)]
