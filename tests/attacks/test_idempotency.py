"""A call is sent twice: an answer was lost, somebody clicked twice, or somebody wants to gain by it."""

import asyncio

import pytest

from tests.support.api_calls import WRONG, ask, new_id, problem_of
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.callers import Browser, id_of, kept, statuses
from tests.support.queues import quiet

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


async def test_the_same_key_from_two_browsers_makes_two_verifications(sending, inbox):
    """A key is a name that one browser gives; another that gives the same must not be handed its verification."""
    mine, theirs = Browser(sending.client, "203.0.113.1"), Browser(sending.client, "203.0.113.2")

    ids = {id_of(await browser.ask(OTHER_PHONE, repeat=KEY)) for browser in (mine, theirs)}

    assert len(ids) == 2
    await quiet(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 2


async def test_the_same_key_from_one_browser_sends_one_sms(sending, inbox, clock):
    browser = Browser(sending.client)
    first = await browser.ask(OTHER_PHONE, repeat=KEY)
    clock.tick(seconds=20)

    again = await browser.ask(OTHER_PHONE, repeat=KEY)

    assert (again.status_code, again.json()["verification_id"]) == (202, id_of(first))
    await quiet(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 1


@pytest.mark.parametrize("key", ["sk_dev", "pk_dev"])
async def test_fifty_equal_requests_at_once_send_one_sms(sending, inbox, key):
    browser = Browser(sending.client, key=key)

    answers = await asyncio.gather(*(browser.ask(OTHER_PHONE, repeat=KEY) for _ in range(50)))

    assert statuses(answers) == {(202, ""): 50}
    assert len({id_of(answer) for answer in answers}) == 1
    await quiet(sending.container)
    assert len(inbox.texts_to(OTHER_PHONE)) == 1


async def test_a_repeat_spends_nothing(sending):
    """Not even where every limit is spent: the answer was given before."""
    service, browser = sending, Browser(sending.client)
    first = await browser.ask(OTHER_PHONE, repeat=KEY)
    for _ in range(2):
        id_of(await browser.ask(OTHER_PHONE))
    problem_of(await browser.ask(OTHER_PHONE), 429, "rate_limited")
    await quiet(service.container)
    before = await kept(service)

    for _ in range(10):
        assert id_of(await browser.ask(OTHER_PHONE, repeat=KEY)) == id_of(first)

    assert await kept(service) == before


async def test_the_same_key_with_another_body_is_refused(service):
    browser = Browser(service.client)
    id_of(await browser.ask(PHONE, repeat=KEY))
    before = await kept(service)

    problem_of(await browser.ask(OTHER_PHONE, repeat=KEY), 422, "idempotency_key_reused")
    problem_of(await browser.ask(PHONE, reference="other", repeat=KEY), 422, "idempotency_key_reused")

    assert await kept(service) == before


async def test_quoted_or_bare_it_is_the_same_key(service):
    browser = Browser(service.client)

    ids = {id_of(await browser.ask(OTHER_PHONE, repeat=key)) for key in (KEY, f'"{KEY}"')}

    assert len(ids) == 1


async def test_the_same_key_of_two_apps_makes_two_verifications(service):
    ids = {(await ask_with(service, key)).json()["verification_id"] for key in ("sk_dev", "sk_shop")}

    assert len(ids) == 2


async def ask_with(service, key):
    return await Browser(service.client, key=key).ask(OTHER_PHONE, repeat=KEY)


async def test_the_same_key_on_another_route_is_another_key(service):
    browser = Browser(service.client)
    id = id_of(await browser.ask(repeat=KEY))

    assert (await browser.check(id, repeat=KEY)).status_code == 200


async def test_an_answer_is_remembered_for_a_day_and_a_proof_for_a_minute(service, key):
    """By the clock of the store, which no test turns: what is left to each is read there."""
    browser = Browser(service.client)
    id = id_of(await browser.ask(repeat=KEY))
    (asked,) = await lives(service, key)
    assert (await browser.check(id, repeat=KEY)).status_code == 200
    minute, day = sorted(await lives(service, key))

    assert 86_390_000 < day <= asked <= 86_400_000
    assert 50_000 < minute <= 60_000


async def lives(service, key):
    """How long each kept answer will still be there, in milliseconds."""
    return [
        await service.redis.pttl(name) for name in await kept(service) if name.startswith(key("repeat", "").encode())
    ]


async def test_a_lost_answer_to_a_right_code_is_given_again(service, clock):
    """Or a person who was approved would stand outside because of a bad connection."""
    browser = Browser(service.client)
    id = id_of(await browser.ask())
    approved = (await browser.check(id, repeat=KEY)).json()
    clock.tick(seconds=59)

    again = await browser.check(id, repeat=KEY)

    assert again.status_code == 200
    assert again.json() == approved
    problem_of(await browser.check(id), 404, "no_pending_verification")


async def test_a_proof_is_given_again_only_to_the_same_call(service):
    """The key, the browser, the id and the code: all must be the same."""
    browser = Browser(service.client)
    id = id_of(await browser.ask())
    assert (await browser.check(id, repeat=KEY)).status_code == 200

    others = [
        await browser.check(id),
        await browser.check(id, repeat="another"),
        await Browser(service.client, "198.51.100.9").check(id, repeat=KEY),
        await Browser(service.client, key="sk_dev").check(id, repeat=KEY),
    ]

    assert statuses(others) == {(404, "no_pending_verification"): 4}
    changed = [await browser.check(id, WRONG, repeat=KEY), await browser.check("vf_other", repeat=KEY)]
    assert [answer.status_code for answer in changed] == [422, 422]


async def test_fifty_equal_right_answers_at_once_get_one_proof(service):
    browser = Browser(service.client)
    id = id_of(await browser.ask())

    answers = await asyncio.gather(*(browser.check(id, repeat=KEY) for _ in range(50)))

    assert statuses(answers) == {(200, ""): 50}
    assert len({answer.json()["proof"] for answer in answers}) == 1
    proof = {"proof": answers[0].json()["proof"]}
    redeemed = [(await service.client.post("/v1/proofs/redeem", json=proof)).json()["active"] for _ in range(2)]
    assert redeemed == [True, False]


async def test_a_key_is_no_way_around_the_attempts(service):
    """A wrong guess is not remembered with its key: it is counted each time."""
    browser = Browser(service.client)
    id = id_of(await browser.ask())

    answers = [await browser.check(id, WRONG, repeat=KEY) for _ in range(6)]

    assert statuses(answers) == {(400, "incorrect_code"): 5, (429, "too_many_attempts"): 1}


async def test_a_key_that_cannot_be_read_is_refused(service, subtests):
    """An empty one is none at all in some clients, and would make all their calls one."""
    for repeat in ["", '"', "x" * 256, "ключ".encode(), "a\tb"]:
        with subtests.test(repr(repeat)):
            before = await kept(service)
            headers = {"Idempotency-Key": repeat}
            answer = await service.client.post("/v1/request-code", json={"phone_number": PHONE}, headers=headers)

            problem_of(answer, 422, "invalid_request")
            assert await kept(service) == before


async def test_a_repeat_survives_a_restart(run_service, clock, engine_url):
    """The first answer may be lost just because the service went down."""
    async with run_service(redis_url=engine_url) as service:
        first = id_of(await Browser(service.client).ask(OTHER_PHONE, repeat=KEY))
    async with run_service(redis_url=engine_url) as service:
        assert id_of(await Browser(service.client).ask(OTHER_PHONE, repeat=KEY)) == first


async def test_another_browser_s_key_reveals_nothing(service):
    """Neither that it was used, nor with which body."""
    id_of(await Browser(service.client, "203.0.113.1").ask(OTHER_PHONE, repeat=KEY))

    answer = await Browser(service.client, "203.0.113.2").ask(PHONE, repeat=KEY)

    assert answer.status_code == 202
    assert (await ask(service.client, PHONE)).status_code == 202
    assert await new_id(service.client)
