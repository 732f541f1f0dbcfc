"""`otp numbers show`: what refuses a number, what happened, and who changed what."""

import asyncio
import re

import pytest

from app.container import open_container
from app.domain.gateway import Refused
from app.domain.status import Reason
from tests.support.actions import check, start_verification, start_with_code
from tests.support.builders import OTHER_PHONE, PHONE, PUBLIC_URL, TWO_APPS, make_settings
from tests.support.fake_gateways import FakeGateway, with_gateways
from tests.support.opt_outs import deliver, opt_out
from tests.support.outgoing import accepted_id
from tests.support.queues import wait_until_idle
from tests.support.running_worker import running_worker

NOTHING = "nothing refuses a new code; limits of an address or a subject are not known here"


@pytest.fixture
def on_service(engine_url, tag):
    """Run a coroutine function with the container of a service on the same Redis as the commands."""

    def run(function):
        async def call():
            async with open_container(make_settings(engine_url, tag)) as container:
                await container.queue.open()
                return await function(container)

        return asyncio.run(call())

    return run


@pytest.fixture
def show(otp, settings):
    """Run `otp numbers show`, and return its lines as cells."""

    def run(number=PHONE, **changes):
        result = otp("numbers", "show", number, **{"APPS": TWO_APPS} | settings | changes)
        assert result.exit_code == 0, result.output
        return [line.split("\t") for line in result.stdout.splitlines()]

    return run


def test_unknown_number_has_a_log_name_and_no_history(show, on_service):
    async def log_name(container):
        return container.keyring.log_name(PHONE)

    assert show() == [
        ["number", "+31*******78"],
        ["country", "NL"],
        ["log name", on_service(log_name)],
        ["ok", "dev", NOTHING],
        ["ok", "bank", NOTHING],
    ]


def test_verifications_of_all_apps_are_listed_newest_first(show, on_service):
    async def request(container):
        id, code = await start_with_code(container)
        await check(container, code, id=id)
        await start_verification(container, OTHER_PHONE)
        return id, (await start_verification(container, app="bank", purpose="payment")).id

    approved, pending = on_service(request)

    rows = [cells for cells in show() if len(cells) == 5]
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", cells[0]) for cells in rows)
    assert [cells[1:4] for cells in rows] == [
        ["bank", pending, "pending"],
        ["bank", pending, "not sent"],
        ["dev", approved, "approved"],
        ["dev", approved, "not sent"],
    ]
    assert re.fullmatch(r"payment, expires \S+Z, 5 guesses and 2 sends left", rows[0][4])
    assert rows[1][4] == "SMS 1: it waits for a worker or a gateway"
    assert re.fullmatch(r"login, ended \S+Z, 4 guesses and 2 sends left", rows[2][4])


def test_failover_shows_the_message_of_each_gateway(show, on_service):
    async def send(container):
        first = FakeGateway(Refused("no", reason=Reason.INVALID_SENDER, word="E7"), name="first")
        async with running_worker(with_gateways(container, first, FakeGateway(name="second"))):
            await start_verification(container)
            await wait_until_idle(container)

    on_service(send)

    details = {cells[3]: cells[4] for cells in show() if len(cells) == 5}
    assert details["failed"] == "SMS 1 by first invalid_sender (E7)"
    assert details["sent"].startswith("SMS 1 by second")


def test_buried_job_is_shown_among_many_others(show, on_service):
    async def bury(container):
        id = (await start_verification(container)).id
        others = [{"verification": f"vf_{n}", "send": "1"} for n in range(1100)]
        await container.queue.add("sends", others)
        for _ in range(25):
            for job in await container.queue.take("sends", "w", most=50):
                await container.queue.bury(job, why="silent" if job.fields["verification"] == id else "other")
        return id

    on_service(bury)

    (row,) = [cells for cells in show() if cells[-2:-1] == ["buried"]]
    assert row[4] == f"silent; `otp jobs replay {row[2]}` tries it again"


def test_messages_are_listed_with_the_gateways_that_were_called(show, on_service):
    async def send(container):
        first = FakeGateway(Refused("no", reason=Reason.INVALID_SENDER, word="E7"), name="first")
        id, later = await accepted_id(container), round(container.clock() * 1000) + 3_600_000
        await deliver(container, id, first, FakeGateway(name="second"))
        return id, await accepted_id(container, purpose="order", send_at=later)

    sent, scheduled = on_service(send)

    rows = {(cells[2], cells[3]): cells[4] for cells in show() if len(cells) == 5}
    assert re.fullmatch(r"message, alert, expires \S+Z", rows[sent, "sent"])
    assert re.fullmatch(r"message, order, due \S+Z, expires \S+Z", rows[scheduled, "queued"])
    assert rows[sent, "failed"] == "message by first invalid_sender (E7)"
    assert "message by second (accepted)" in rows.values()


def test_opt_out_from_messages_names_its_sender_and_its_time(show, on_service):
    on_service(opt_out)

    lines = show()

    (sentence,) = [cells[2] for cells in lines if cells[:2] == ["bad", "dev"]]
    began = r"the recipient opted out of messages from gateway:carrier, since 20\S+Z; `otp numbers unblock` ends it; "
    assert re.fullmatch(began + "codes are sent", sentence)
    assert ["ok", "dev", NOTHING] in lines, "a code is not refused"
    assert ["ok", "bank", NOTHING] in lines


def test_buried_job_of_a_message_is_shown(show, on_service):
    async def bury(container):
        await accepted_id(container)
        (job,) = await container.queue.take("messages", "w", most=1)
        await container.queue.bury(job, why="unreachable")

    on_service(bury)

    (row,) = [cells for cells in show() if cells[-2:-1] == ["buried"]]
    assert row[4].startswith("unreachable; `otp jobs replay ")


def test_test_number_is_named_as_one(show, on_service):
    lines = show(TEST_NUMBERS=f"{PHONE}=042137@2099-12-31")

    assert ["note", "all apps", "a test number: it gets no SMS"] in lines


def test_who_changed_what_is_shown(otp, settings, show):
    """`otp numbers show` itself, and what changed nothing, is in the log only."""
    for command, operator in (("block", "anna"), ("unlock", "anna"), ("unblock", "ben"), ("block", "")):
        otp("numbers", command, PHONE, **settings, OPERATOR=operator)
    otp("numbers", "block", OTHER_PHONE, **settings)
    show()

    acts = [cells[3:] for cells in show() if len(cells) == 5]
    assert [cells[0] for cells in acts] == ["block_number", "unblock_number", "block_number"]
    assert [cells[1] for cells in acts][1:] == ["by ben", "by anna"]
    assert re.fullmatch(r"by [^@]+@[^@]+", acts[0][1]), "the system's user and host"


def test_forgotten_number_keeps_only_the_acts(otp, settings, show, on_service):
    on_service(start_verification)
    otp("numbers", "forget", PHONE, **settings)

    assert [cells[3] for cells in show() if len(cells) == 5] == ["forget_number"]


async def test_history_is_in_columns_on_a_terminal(on_terminal, engine_url, tag):
    environment = {"OTP_ENV": "development", "OTP_PUBLIC_URL": PUBLIC_URL, "OTP_REDIS_URL": engine_url}
    async with open_container(make_settings(engine_url, tag)) as container:
        await container.queue.open()
        id = (await start_verification(container)).id

    terminal = await on_terminal("numbers", "show", PHONE, columns=60, **environment, OTP_REDIS_TAG=tag)

    assert await terminal.end() == 0
    assert "number    +31*******78\n" in terminal.text
    assert "✓  dev  nothing refuses a new code;" in terminal.text
    assert re.search(rf"Z  dev  {id}  pending\n  login, expires ", terminal.text)
    assert PHONE[3:] not in terminal.text
