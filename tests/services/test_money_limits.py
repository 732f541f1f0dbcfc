"""Limits on money: an amount of the price table in a window, spent by the script that queues the SMS."""

import asyncio
from datetime import date
from functools import partial

import pytest

from app.domain.errors import RateLimited
from app.domain.number_search import NumberSearch
from tests.support.actions import check, resend, start_verification, start_with_code
from tests.support.event_receiver import event_apps
from tests.support.stores import on_both_stores

NUMBERS = [f"+316123{number:05d}" for number in range(200)]
BELGIAN = "+32470123456"
DAY_S = 86_400
PRICES = "gateway,country,price\n*,NL,0.08\n*,BE,0.09\n"


async def limited(call):
    """Expect a refusal, and return its limit and retry-after in seconds."""
    with pytest.raises(RateLimited) as refusal:
        await call()
    return refusal.value.limit, refusal.value.retry_after


@on_both_stores
async def test_an_app_spends_its_amount_and_no_more(make_container, clock):
    """0.25 are three SMS of 0.08; the fourth would cost more than is left. A cheaper one may still be sent."""
    async with make_container(limit_spend_per_app="0.25/d", prices=PRICES + "*,FR,0.01\n") as container:
        for number in NUMBERS[:3]:
            await start_verification(container, number)

        limit, wait = await limited(partial(start_verification, container, NUMBERS[3]))
        assert limit == "spend_per_app"
        assert 0 <= wait - DAY_S <= DAY_S / 60 + 1
        assert await start_verification(container, "+33612345678")
        assert await start_verification(container, NUMBERS[3], app="bank"), "each app has its own"
        clock.tick(seconds=wait)
        assert await start_verification(container, NUMBERS[3])


@on_both_stores
async def test_a_country_spends_its_amount_over_all_apps(make_container):
    async with make_container(limit_spend_per_country="0.20/d", prices=PRICES) as container:
        await start_verification(container, NUMBERS[0])
        await start_verification(container, NUMBERS[1], app="bank")

        assert (await limited(partial(start_verification, container, NUMBERS[2])))[0] == "spend_per_country"
        assert await start_verification(container, BELGIAN)


@on_both_stores
async def test_parallel_requests_never_exceed_the_amount(make_container):
    async with make_container(limit_spend_per_app="1.00/d", prices=PRICES) as container:
        answers = await asyncio.gather(
            *(start_verification(container, number) for number in NUMBERS[:50]), return_exceptions=True
        )

    assert [type(answer) for answer in answers].count(RateLimited) == 50 - 12


async def test_each_segment_has_its_price(make_container):
    """The Greek text takes two."""
    async with make_container(limit_spend_per_app="0.23/d", prices=PRICES) as container:
        await start_verification(container, NUMBERS[0], languages=["el"])

        assert (await limited(partial(start_verification, container, NUMBERS[1])))[0] == "spend_per_app"


@on_both_stores
async def test_a_resend_costs_as_much_as_the_first_sms(make_container, clock):
    async with make_container(limit_spend_per_app="0.17/d", prices=PRICES) as container:
        verification = await start_verification(container, NUMBERS[0])
        clock.tick(seconds=30)
        await resend(container, verification.id)
        clock.tick(seconds=60)

        assert (await limited(partial(resend, container, verification.id)))[0] == "spend_per_app"


async def test_an_approval_gives_no_money_back_and_a_known_device_spends_too(make_container):
    async with make_container(limit_spend_per_app="0.17/d", prices=PRICES) as container:
        id, code = await start_with_code(container, NUMBERS[0])
        token = (await check(container, code, id=id)).device_token
        await start_verification(container, NUMBERS[0], device_token=token)

        call = partial(start_verification, container, NUMBERS[0], device_token=token)
        assert (await limited(call))[0] == "spend_per_app"


async def test_a_request_that_another_limit_refuses_spends_no_money(make_container):
    async with make_container(limit_spend_per_app="0.25/d", limit_sends_per_number="1/h", prices=PRICES) as container:
        await start_verification(container, NUMBERS[0])
        for _ in range(5):
            assert (await limited(partial(start_verification, container, NUMBERS[0])))[0] == "sends_per_number"

        await start_verification(container, NUMBERS[1])
        await start_verification(container, NUMBERS[2])
        assert (await limited(partial(start_verification, container, NUMBERS[3])))[0] == "spend_per_app"


async def test_a_free_sms_is_sent_though_nothing_is_left(make_container):
    async with make_container(limit_spend_per_app="0.09/d", prices=PRICES + "*,FR,0\n") as container:
        await start_verification(container, NUMBERS[0])

        assert (await limited(partial(start_verification, container, NUMBERS[1])))[0] == "spend_per_app"
        assert await start_verification(container, "+33612345678")


async def test_an_app_has_its_own_amount(make_container):
    apps = '{"bank": {"limits": {"spend_per_app": "0.10/d"}}}'
    async with make_container(limit_spend_per_app="0.25/d", prices=PRICES, apps=apps) as container:
        await start_verification(container, NUMBERS[0], app="bank")

        call = partial(start_verification, container, NUMBERS[1], app="bank")
        assert (await limited(call))[0] == "spend_per_app"
        assert await start_verification(container, NUMBERS[1])


@on_both_stores
async def test_half_and_four_fifths_are_warned_of_once(make_container, clock):
    """Of 1.00, an SMS of 0.08 passes half with the seventh and four fifths with the tenth."""
    limits = {"limit_spend_per_app": "1.00/d", "limit_spend_per_country": "2.00/d"}
    async with make_container(apps=event_apps(types=["limit.warning"]), prices=PRICES, **limits) as container:
        for number in NUMBERS[:12]:
            await start_verification(container, number)
        assert (await limited(partial(start_verification, container, NUMBERS[12])))[0] == "spend_per_app"

        stored = await container.store.redis.xrange(container.store.key("events", "dev"))
    warnings = [(fields[b"limit"], fields[b"percent"]) for _, fields in stored]
    assert warnings == [(b"spend_per_app", b"50"), (b"spend_per_app", b"80")]


async def test_a_search_shows_the_limit_while_less_than_an_sms_is_left(make_container):
    async with make_container(limit_spend_per_app="0.15/d", prices=PRICES) as container:
        await start_verification(container, NUMBERS[0])
        found = await container.search_verifications(
            NumberSearch(container.apps["dev"], NUMBERS[1], None, date(2026, 12, 1))
        )

    assert [blocker.limit for blocker in found.blockers] == ["spend_per_app"]
