"""`otp numbers unlock`, `block`, `unblock` and `forget`; what all commands of `otp numbers` have in common."""

import asyncio

import pytest

from app.container import open_container
from app.domain.errors import DestinationBlocked, OptedOut
from app.domain.gateway import Refused
from app.domain.outgoing_message import RefusedRecipient
from app.domain.status import Reason
from tests.support.builders import PHONE, TWO_APPS, make_code_request, make_settings
from tests.support.fake_gateways import FakeGateway
from tests.support.messages import open_message, record_outcome
from tests.support.opt_outs import STOP, deliver
from tests.support.outgoing import accepted_id, send_messages

UNBLOCKED = "Unblocked.\n"


@pytest.fixture
def request_code_for_phone(engine_url, tag):
    """Request a code as an app does."""

    def request():
        async def run():
            async with open_container(make_settings(engine_url, tag)) as container:
                return await container.request_code(make_code_request(container))

        return asyncio.run(run())

    return request


def test_blocked_number_gets_no_code_until_it_is_unblocked(otp, settings, request_code_for_phone):
    assert otp("numbers", "block", PHONE, **settings).stdout == "Blocked.\n"
    with pytest.raises(DestinationBlocked):
        request_code_for_phone()

    assert otp("numbers", "unblock", PHONE, **settings).stdout == UNBLOCKED
    assert request_code_for_phone()
    assert otp("numbers", "unblock", PHONE, **settings).stdout == "It was neither blocked nor opted out.\n"


@pytest.fixture
def opted_out(engine_url, tag):
    """Opt a number out; return a function that returns whether the opt-out is still stored."""

    async def is_stored(job):
        async with open_container(make_settings(engine_url, tag)) as container:
            return bool((await container.messages.read_send(job)).opted_out_at)

    async def refuse():
        async with open_container(make_settings(engine_url, tag)) as container:
            job = await open_message(container)
            await record_outcome(container, Refused("no", reason=Reason.OPTED_OUT))
            return job

    job = asyncio.run(refuse())
    return lambda: asyncio.run(is_stored(job))


@pytest.fixture
def opted_out_of_messages(engine_url, tag):
    """Opt a number out of the messages of two apps; return a function that returns in which it still is."""

    async def run(function):
        async with open_container(make_settings(engine_url, tag)) as container:
            return [await function(container, app) for app in ("dev", "bank")]

    async def is_refused(container, app):
        (recipient,) = await send_messages(container, app=app)
        return isinstance(recipient, RefusedRecipient) and isinstance(recipient.error, OptedOut)

    async def stop(container, app):
        id = await accepted_id(container, app=app)
        await deliver(container, id, FakeGateway(STOP, name="inbox"))

    asyncio.run(run(stop))
    return lambda: asyncio.run(run(is_refused))


def test_unblock_removes_an_opt_out(otp, settings, opted_out):
    """The recipient opted in again at the vendor and asked the operator."""
    assert opted_out()

    assert otp("numbers", "unblock", PHONE, **settings).stdout == UNBLOCKED

    assert not opted_out()
    assert otp("numbers", "unblock", PHONE, **settings).stdout == "It was neither blocked nor opted out.\n"


def test_unblock_removes_an_opt_out_from_messages(otp, settings, opted_out_of_messages):
    """In each app, though none of codes is stored."""
    assert opted_out_of_messages() == [True, True]

    assert otp("numbers", "unblock", PHONE, **{"APPS": TWO_APPS} | settings).stdout == UNBLOCKED

    assert opted_out_of_messages() == [False, False]


def test_forget_keeps_an_opt_out_from_messages(otp, settings, opted_out_of_messages):
    """Else the app would begin to send again."""
    assert otp("numbers", "forget", PHONE, **{"APPS": TWO_APPS} | settings).exit_code == 0

    assert opted_out_of_messages() == [True, True]


def test_unblock_help_mentions_the_opt_outs(otp):
    assert "forget its opt-outs" in " ".join(otp("numbers", "unblock", "--help").stdout.split())


def test_unlock_reports_a_number_that_is_not_locked(otp, settings):
    assert otp("numbers", "unlock", PHONE, **settings).stdout == "It was not locked.\n"


def test_forget_erases_all_keys_of_the_number(otp, settings, request_code_for_phone):
    request_code_for_phone()

    first, second = [otp("numbers", "forget", PHONE, **settings).stdout for _ in range(2)]

    assert first.startswith("Erased ")
    assert first != second == "Erased 0 keys.\n"


def test_number_with_00_prefix_is_accepted(otp, settings):
    assert otp("numbers", "block", "0031 6 12345678", **settings).exit_code == 0
    assert otp("numbers", "unblock", PHONE, **settings).stdout == UNBLOCKED


@pytest.mark.parametrize("command", ["show", "unlock", "block", "unblock", "forget"])
@pytest.mark.parametrize("number", ["0612345678", "hello", "+31"])
def test_invalid_number_is_reported(otp, settings, command, number):
    result = otp("numbers", command, number, **settings)

    assert result.exit_code == 2
    assert result.stderr.startswith("✗ ")
    assert "Traceback" not in result.output


def test_no_command_prints_the_number(otp, settings):
    for command in ("block", "show", "unlock", "unblock", "forget"):
        assert "12345678" not in otp("numbers", command, PHONE, **settings).output
