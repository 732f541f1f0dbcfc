"""The fraud guard in the acts: what it challenges and blocks, what it never judges, and what its modes do."""

import asyncio

import orjson
import pytest

from app.domain.errors import DestinationBlocked, HumanCheckRequired, IncorrectCode
from app.domain.guard import GuardDecision
from app.domain.human_check import HumanCheckResult
from app.domain.request_context import IdempotencyScope
from app.services.manage_guard import drop_rules, guard_status, set_rules, subject_names
from app.store.guard_state import GuardState
from tests.support.actions import check, resend, start_verification, start_with_code, wrong_code
from tests.support.builders import PHONE
from tests.support.stores import ENGINE, on_both_stores

STORE = ENGINE

NEW_COUNTRY = 20  # SMS of 0.10 that a country without approvals may cost
HOUR, DAY = 3600, 86400
CHECKED = {"human_check": "altcha", "human_check_when": "suspicious"}


class AcceptAllHumanCheck:
    """A human check of a vendor that accepts every token."""

    async def verify(self, token, *, bound_to, address):
        return HumanCheckResult(token, 600)


@pytest.fixture
def enforce(make_container):
    """Open a container whose guard refuses."""

    def make(**changes):
        return make_container(guard="enforce", **changes)

    return make


def number(block, last=5678):
    """Return a number of a block of the Netherlands, counted from 0."""
    return f"+316{1000 + block}{last}"


async def browse(container, phone, **changes):
    return await start_verification(container, phone, is_backend=False, human_checker=AcceptAllHumanCheck(), **changes)


async def pump(container, count=NEW_COUNTRY, *, start=0, ask=start_verification):
    """Ask for codes that nobody types, one in each block."""
    for block in range(start, start + count):
        await ask(container, number(block))


async def send_until_refused(container, *, block):
    """Ask for codes to the numbers of a block; return how many were sent, and the refusal."""
    for sent, last in enumerate(range(1000, 1100)):
        try:
            await start_verification(container, number(block, last))
        except DestinationBlocked as refused:
            return sent, refused
    raise AssertionError("nothing was refused")


async def approve(container, phone):
    id, code = await start_with_code(container, phone)
    await check(container, code, id=id)


async def make_proven(container, people=12, *, start=500):
    """Approve people of the Netherlands, each in a block of their own."""
    for block in range(start, start + people):
        await approve(container, number(block))


@on_both_stores
async def test_a_country_without_approvals_may_cost_a_little(enforce):
    async with enforce() as container:
        await pump(container)

        with pytest.raises(DestinationBlocked) as refused:
            # A first SMS of a block is never refused by a country alone, where no human check can be shown.
            await start_verification(container, number(0, 9999))

    assert refused.value.guard.evidence == ("novelty",)
    assert refused.value.guard.decision is GuardDecision.BLOCK


async def test_a_country_whose_sms_are_free_is_bounded_by_their_number(enforce):
    """A price of 0 is a known one: as many as a country without approvals may have of the cheapest SMS."""
    async with enforce(prices="gateway,country,price\n*,*,0\n") as container:
        await pump(container, 60)

        with pytest.raises(DestinationBlocked):
            await start_verification(container, number(0, 9999))


async def test_a_refusal_charges_nothing_and_leaves_no_record(enforce, redis, key):
    async with enforce() as container:
        await pump(container)
        before = await container.guard_state.countries("dev"), [_ async for _ in redis.scan_iter(key("verification:*"))]

        for _ in range(3):
            with pytest.raises(DestinationBlocked):
                await start_verification(container, number(0, 9999))

        after = await container.guard_state.countries("dev"), [_ async for _ in redis.scan_iter(key("verification:*"))]
    assert after[0] == before[0]
    assert len(after[1]) == len(before[1])


async def test_approvals_make_room_for_a_whole_country(enforce):
    """Ten times as many as it may cost without approvals, with three of ten codes lost."""
    async with enforce() as container:
        for block in range(10 * NEW_COUNTRY):
            if block % 10 < 7:
                await approve(container, number(block))
            else:
                await start_verification(container, number(block))


async def test_a_block_may_not_owe_more_than_the_blocks_of_its_country(enforce):
    async with enforce() as container:
        await make_proven(container, 40)

        sent, refused = await send_until_refused(container, block=1)
        await start_verification(container, number(2))

    assert sent < 10
    assert "concentration" in refused.guard.evidence


async def test_a_block_is_stopped_for_an_hour_and_then_for_two(enforce, clock):
    async with enforce() as container:
        await make_proven(container, 40)

        async def stopped_for():
            """Send until it is refused; return for how many whole hours it then is."""
            await send_until_refused(container, block=1)
            (evidence, *_) = await container.guard_state.evidence(most=1)
            return round((evidence.ends / 1000 - container.clock()) / HOUR)

        first = await stopped_for()
        clock.tick(seconds=HOUR + 1)
        second = await stopped_for()

    assert (first, second) == (1, 2)


async def test_browsers_are_challenged_and_a_human_check_passes(enforce):
    async with enforce(**CHECKED) as container:
        await pump(container, ask=browse)

        with pytest.raises(HumanCheckRequired) as challenged:
            await browse(container, number(100))
        assert await browse(container, number(100), human_check="token-1")
        with pytest.raises(DestinationBlocked):
            await start_verification(container, number(0, 9999))

    assert challenged.value.guard.decision is GuardDecision.CHALLENGE
    assert challenged.value.work == 2


async def test_a_challenge_takes_twice_the_work(enforce):
    class Worked(AcceptAllHumanCheck):
        async def verify(self, token, *, bound_to, address):
            return HumanCheckResult(token, 600, int(token[-1]))

    async with enforce(**CHECKED) as container:
        await pump(container, ask=browse)

        with pytest.raises(HumanCheckRequired):
            await start_verification(
                container, number(100), is_backend=False, human_checker=Worked(), human_check="work-1"
            )
        assert await start_verification(
            container, number(100), is_backend=False, human_checker=Worked(), human_check="work-2"
        )


async def test_above_twice_the_threshold_a_human_check_does_not_help(enforce):
    async with enforce(**CHECKED) as container:
        passed = 0
        for block in range(100):
            try:
                await browse(container, number(block), human_check=f"token-{block}")
                passed += 1
            except DestinationBlocked:
                break

    assert NEW_COUNTRY < passed <= 2 * NEW_COUNTRY + 1


async def test_a_proven_number_passes_twice_a_day_whatever_its_country_did(enforce, clock):
    async with enforce(limit_sends_per_number="off") as container:
        await approve(container, PHONE)
        await pump(container, 4 * NEW_COUNTRY, ask=ignore_refusal)

        for _ in range(2):
            assert await start_verification(container, PHONE)
        with pytest.raises(DestinationBlocked):
            await start_verification(container, number(0, 9999))


async def ignore_refusal(container, phone):
    try:
        await start_verification(container, phone)
    except DestinationBlocked:
        return


async def test_a_resend_is_judged(enforce, clock):
    async with enforce() as container:
        first = await start_verification(container, number(0))
        await pump(container, NEW_COUNTRY - 1, start=1)
        clock.tick(seconds=31)

        with pytest.raises(DestinationBlocked):
            await resend(container, first.id, is_backend=True)


async def test_a_repeated_call_is_no_request(enforce):
    async with enforce() as container:
        for _ in range(3):
            await start_verification(container, PHONE, idempotency=IdempotencyScope("a", "b"))
        (country,) = await container.guard_state.countries("dev")

    assert round(country.most - country.credit) == 1


async def test_test_numbers_are_never_judged(enforce):
    async with enforce(test_numbers=f"{PHONE}=042137@2099-12-31") as container:
        await start_verification(container, PHONE)

        assert await container.guard_state.countries("dev") == []


async def test_monitor_decides_and_refuses_nobody(make_container, logged_lines):
    async with make_container(guard="monitor") as container:
        await pump(container, 3 * NEW_COUNTRY)
        await start_verification(container, number(0, 9999))
        (newest, *_) = await container.guard_state.evidence()

    assert (newest.decision, newest.mode, newest.evidence) == ("block", "monitor", ("novelty",))
    lines = [orjson.loads(line) for line in logged_lines.getvalue().splitlines()]
    (decision, *_) = [line for line in lines if line["event"] == "guard_decision"]
    assert (decision["decision"], decision["mode"], decision["evidence"]) == ("block", "monitor", "novelty")


async def test_off_keeps_no_statistics(make_container, redis, key):
    async with make_container(guard="off") as container:
        await pump(container, 3)

    assert [name async for name in redis.scan_iter(key("guard*"))] == []


async def test_wrong_codes_never_block_a_proven_country(enforce):
    """They are typed by a caller who did not get the SMS: an attack on people, which the failure watch is for."""
    async with enforce(failure_watch="off") as container:
        await make_proven(container, 12)
        for block in range(6 * NEW_COUNTRY):
            id, code = await start_with_code(container, number(block))
            with pytest.raises(IncorrectCode):
                await check(container, wrong_code(code), id=id)

        assert await start_verification(container, number(0, 9999))


async def test_parallel_requests_get_no_more_than_a_country_may_cost(enforce):
    """The second of each block: a country alone never refuses the first SMS of a block."""
    async with enforce() as container:
        numbers = [number(block % 30, 1000 + block) for block in range(90)]

        answers = await asyncio.gather(
            *(start_verification(container, phone) for phone in numbers), return_exceptions=True
        )

    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert {type(answer) for answer in refused} == {DestinationBlocked}
    assert len(answers) - len(refused) <= 30 + NEW_COUNTRY


@pytest.mark.parametrize("subject", ["NL", "+3161000xxxx", "+316xxxxxxx", "block", "range"])
async def test_an_operator_blocks_and_allows_by_name(enforce, clock, subject):
    async with enforce() as container:
        names = container.store.encryption.name_destination(number(0), app="dev")
        subject = {"block": f"b_{names['block']}", "range": f"r_{names['range']}"}.get(subject, subject)
        if subject == "+316xxxxxxx":
            subject = number(0)[:-7] + "x" * 7
        rules = subject_names(subject, ["dev"], container.store.encryption)
        ends = round((container.clock() + DAY) * 1000)

        await set_rules(rules, GuardDecision.BLOCK, ends, container.guard_state)
        with pytest.raises(DestinationBlocked) as refused:
            await start_verification(container, number(0))
        clock.tick(seconds=DAY + 1)
        assert await start_verification(container, number(0))

    assert refused.value.guard.evidence == ("operator",)


async def test_an_allowed_country_is_challenged_only(enforce):
    async with enforce(**CHECKED) as container:
        await set_rules({"dev": "NL"}, GuardDecision.ALLOW, 0, container.guard_state)
        await pump(container, 3 * NEW_COUNTRY)

        assert await start_verification(container, number(0, 9999))
        with pytest.raises(HumanCheckRequired):
            await browse(container, number(1, 9999))
        assert await drop_rules({"dev": "NL"}, container.guard_state)
        with pytest.raises(DestinationBlocked):
            await start_verification(container, number(0, 9999))


async def test_the_status_has_countries_decisions_and_rules(enforce, clock):
    async with enforce() as container:
        await pump(container)
        for last in (9998, 9999):
            with pytest.raises(DestinationBlocked):
                await start_verification(container, number(0, last))
        await set_rules({"dev": "LV"}, GuardDecision.BLOCK, 0, container.guard_state)

        status = await guard_status(list(container.apps), container.guard_state, now=round(container.clock() * 1000))

    assert [(watched.newest.country, watched.count) for watched in status.watched] == [("NL", 2)]
    assert [(country.country, round(country.credit)) for country in status.countries] == [("NL", 0)]
    assert [rule.subject for rule in status.rules] == ["LV"]


async def test_the_statistics_name_no_number(enforce, redis, key):
    """A block of 10,000 numbers in clear would reveal all but four digits."""
    async with enforce() as container:
        await make_proven(container, 2)
        await pump(container, 3 * NEW_COUNTRY, ask=ignore_refusal)

    for name in [name async for name in redis.scan_iter(key("guard*"))]:
        stored = await redis.xrange(name) if name.endswith(b"guard_evidence") else await redis.hgetall(name)
        assert b"+316" not in name + repr(stored).encode()
        assert "31610" not in repr(stored)


async def test_the_blocks_of_a_hash_are_bounded(enforce, redis, key):
    async with enforce(limit_sends_per_app="off") as container:
        await make_proven(container, 12)
        guard = GuardState(container.store)
        await set_rules({"dev": "NL"}, GuardDecision.ALLOW, 0, guard)
        block = container.store.encryption.name_block(number(0), app="dev")
        hash_key = key("guard_blocks", block[:2])
        await redis.hset(hash_key, mapping={f"other{n}": "1700000000,0,1,0,0" for n in range(32)})

        await start_verification(container, number(0))

    fields = await redis.hkeys(hash_key)
    assert len(fields) == 32
    assert block[2:].encode() in fields
