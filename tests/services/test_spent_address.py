"""A spent limit by address: numbers that were approved before go on with a human check, all others are refused."""

import asyncio

import pytest

from app.domain.address import read_address
from app.domain.errors import HumanCheckRequired, RateLimited
from app.domain.human_check import HumanCheckResult
from tests.support.actions import check, code_of, resend, start_verification, start_with_code
from tests.support.stores import ENGINE, on_both_stores

STORE = ENGINE  # some branches of these scripts are tested on a real engine only here

HERE, ELSEWHERE = read_address("203.0.113.7"), read_address("198.51.100.9")
HOUR, DAY = 3600, 86_400
CHANGES = {"human_check": "altcha", "human_check_when": "suspicious", "limit_sends_per_address": "2/h,4/d"}


class AcceptAllHumanCheck:
    """A human check that accepts every token; `work-2-x` took a work of 2, and any other is of a vendor."""

    async def verify(self, token, *, bound_to, address):
        work = int(token.split("-")[1]) if token.startswith("work-") else None
        return HumanCheckResult(token, 600, work)


def number(n):
    return f"+3161{n:07d}"


async def ask(container, n, work="", *, at=HERE, is_backend=False, **changes):
    """Request a code with a human check of this work; "" is none, "vendor" one without a work."""
    token = {"": "", "vendor": f"vendor-{n}"}.get(work, f"work-{work}-{n}")
    return await start_verification(
        container,
        number(n),
        address=at,
        is_backend=is_backend,
        human_checker=AcceptAllHumanCheck(),
        human_check=token,
        **changes,
    )


async def refused_work(container, n, work="", **changes):
    """Request a code that is refused for its work; return how much is required."""
    with pytest.raises(HumanCheckRequired) as refusal:
        await ask(container, n, work, **changes)
    return refusal.value.work


async def approve(container, *numbers):
    """Approve each number once, in calls that name no address."""
    for n in numbers:
        id, code = await start_with_code(container, number(n))
        await check(container, code, id=id)


async def spend(container, sends=2):
    """Spend the limit of the address with numbers that nobody approves."""
    for n in range(100, 100 + sends):
        await ask(container, n, 16)


@pytest.fixture
async def spent(make_container):
    """An address whose two sends of the hour are spent, and ten numbers that were approved before."""
    async with make_container(**CHANGES) as container:
        await approve(container, *range(10))
        await spend(container)
        yield container


@on_both_stores
async def test_the_work_doubles_with_each_send_up_to_five_times_the_figure(spent):
    """The cap of the work is 16; ten an hour are five times two."""
    for n, work in enumerate([2, 4, 8, 16, 16, 16, 16, 16]):
        assert await refused_work(spent, n) == work
        assert await refused_work(spent, n, work // 2) == work
        assert await ask(spent, n, work)

    for n, work, wait in [(8, "", DAY), (8, 8, DAY), (8, 16, HOUR), (8, "vendor", HOUR), (50, 16, DAY)]:
        with pytest.raises(RateLimited) as refusal:
            await ask(spent, n, work)
        assert (refusal.value.limit, refusal.value.retry_after) == ("sends_per_address", wait)


async def test_the_day_has_five_times_its_figure_too(make_container, clock):
    async with make_container(**CHANGES) as container:
        await approve(container, *range(30))
        sent = 0
        for n in range(30):
            try:
                await ask(container, n, 16)
            except RateLimited:
                clock.tick(seconds=HOUR)
                continue
            sent += 1

    assert sent == 20


async def test_a_number_that_was_not_approved_before_is_refused(spent):
    """It must show the work first: else anyone could ask which numbers the app knows, and pay nothing."""
    assert await refused_work(spent, 50) == await refused_work(spent, 1) == 2

    with pytest.raises(RateLimited) as refusal:
        await ask(spent, 50, 2)
    assert refusal.value.limit == "sends_per_address"
    assert await ask(spent, 1, 2), "the refused one spent nothing"


async def test_a_number_of_another_app_is_refused(spent):
    with pytest.raises(RateLimited):
        await ask(spent, 1, 16, app="bank", key="0a1b2c3d")


async def test_a_vendor_that_judges_by_itself_is_asked_for_no_work(spent):
    for n in range(8):
        assert await ask(spent, n, "vendor")


async def test_an_approval_beyond_the_limit_gives_its_send_back(spent):
    verification = await ask(spent, 1, 2)
    assert await refused_work(spent, 2) == 4
    await approve_at(spent, verification.id)

    assert await refused_work(spent, 2) == 2


async def approve_at(container, id):
    await check(container, await code_of(container, id), id=id, address=HERE)


async def test_a_resend_beyond_the_limit_needs_its_work_too(spent, clock):
    verification = await ask(spent, 1, 2)
    other = await ask(spent, 60, at=ELSEWHERE)
    clock.tick(seconds=30)
    call = {"is_backend": False, "human_checker": AcceptAllHumanCheck(), "address": HERE}

    with pytest.raises(HumanCheckRequired) as refusal:
        await resend(spent, verification.id, human_check="work-2-r", **call)
    assert refusal.value.work == 4
    with pytest.raises(RateLimited):
        await resend(spent, other.id, human_check="work-16-r", **call)
    assert await resend(spent, verification.id, human_check="work-4-r", **call)


async def test_a_backend_goes_on_where_it_passes_a_human_check_on(spent):
    """Without one it is refused as before: it may have no way to show one."""
    with pytest.raises(RateLimited):
        await ask(spent, 1, is_backend=True)
    assert await refused_work(spent, 1, 1, is_backend=True) == 2
    assert await ask(spent, 1, 2, is_backend=True)


@pytest.mark.parametrize("changes", [{"human_check": "off"}, {}])
async def test_without_a_human_check_a_spent_address_refuses_all(make_container, changes):
    async with make_container(**CHANGES | changes | {"human_check_when": "never"}) as container:
        await approve(container, 1)
        for n in (200, 201):
            await start_verification(container, number(n), address=HERE, is_backend=False)

        with pytest.raises(RateLimited):
            await start_verification(container, number(1), address=HERE, is_backend=False)


async def test_another_spent_limit_refuses_a_proven_number_all_the_same(make_container):
    async with make_container(**CHANGES, limit_sends_per_country="4/d") as container:
        await approve(container, 1, 2)
        await spend(container)

        with pytest.raises(RateLimited) as refusal:
            await ask(container, 1, 16)
    assert refusal.value.limit == "sends_per_country"


async def test_the_48_of_a_spent_network_goes_on_to_five_times_its_figure(make_container):
    """Twenty an hour of a /48, and a hundred with human checks."""
    async with make_container(**CHANGES | {"limit_sends_per_address": "2/h"}) as container:
        await approve(container, *range(100))
        for n in range(100):
            assert await ask(container, n, 16, at=read_address(f"2001:db8:1:{n:x}::1"))

        with pytest.raises(RateLimited):
            await ask(container, 1, "vendor", at=read_address("2001:db8:1:ffff::1"))


@on_both_stores
async def test_racing_requests_stay_within_five_times_the_figure(spent):
    answers = await asyncio.gather(*(ask(spent, n % 10, f"16-{n}") for n in range(30)), return_exceptions=True)

    assert sum(not isinstance(answer, Exception) for answer in answers) == 8
