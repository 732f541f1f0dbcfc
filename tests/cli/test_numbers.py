"""`otp numbers`: what an operator may do to one number."""

import asyncio

import pytest

from app.container import open_container
from app.domain.errors import DestinationBlocked
from app.domain.gateway import Refused
from app.domain.status import Reason
from app.services.request_code import request_code
from tests.support.builders import PHONE, make_ask, make_settings
from tests.support.messages import open_message, settle

OPENED = "It is open again.\n"


@pytest.fixture
def ask(engine_url, tag):
    """Ask for a code as an app would."""

    def act():
        async def run():
            async with open_container(make_settings(engine_url, tag)) as container:
                return await request_code(
                    make_ask(container),
                    keyring=container.keyring,
                    verifications=container.verifications,
                    human_checker=None,
                    random_bytes=container.random_bytes,
                )

        return asyncio.run(run())

    return act


def test_a_blocked_number_gets_no_code_until_it_is_opened_again(otp, settings, ask):
    assert otp("numbers", "block", PHONE, **settings).stdout == "Blocked.\n"
    with pytest.raises(DestinationBlocked):
        ask()

    assert otp("numbers", "unblock", PHONE, **settings).stdout == OPENED
    assert ask()
    assert otp("numbers", "unblock", PHONE, **settings).stdout == "It was neither blocked nor opted out.\n"


@pytest.fixture
def opted_out(engine_url, tag):
    """A person told the gateway to stop; tells whether that is still remembered."""

    async def is_remembered(job):
        async with open_container(make_settings(engine_url, tag)) as container:
            return bool((await container.messages.look(job)).opted_out_at)

    async def refuse():
        async with open_container(make_settings(engine_url, tag)) as container:
            job = await open_message(container)
            await settle(container, Refused("no", reason=Reason.OPTED_OUT))
            return job

    job = asyncio.run(refuse())
    return lambda: asyncio.run(is_remembered(job))


def test_an_opted_out_number_gets_sms_again_once_it_is_opened(otp, settings, opted_out):
    """Its person changed their mind, and told vendor and operator so."""
    assert opted_out()

    assert otp("numbers", "unblock", PHONE, **settings).stdout == OPENED

    assert not opted_out()
    assert otp("numbers", "unblock", PHONE, **settings).stdout == "It was neither blocked nor opted out.\n"


def test_help_says_that_an_opt_out_is_forgotten(otp):
    assert "forget that its person opted out" in " ".join(otp("numbers", "unblock", "--help").stdout.split())


def test_a_number_that_is_not_locked_is_said_to_be_free(otp, settings):
    assert otp("numbers", "unlock", PHONE, **settings).stdout == "It was not locked.\n"


def test_a_forgotten_number_leaves_nothing(otp, settings, ask):
    ask()

    first, second = [otp("numbers", "forget", PHONE, **settings).stdout for _ in range(2)]

    assert first.startswith("Erased ")
    assert first != second == "Erased 0 keys.\n"


def test_a_number_may_be_written_with_zeros(otp, settings):
    assert otp("numbers", "block", "0031 6 12345678", **settings).exit_code == 0
    assert otp("numbers", "unblock", PHONE, **settings).stdout == OPENED


@pytest.mark.parametrize("act", ["unlock", "block", "unblock", "forget"])
@pytest.mark.parametrize("number", ["0612345678", "hello", "+31"])
def test_what_is_no_number_is_said(otp, settings, act, number):
    answer = otp("numbers", act, number, **settings)

    assert answer.exit_code == 2
    assert answer.stderr.startswith("✗ ")
    assert "Traceback" not in answer.output


def test_no_command_repeats_the_number(otp, settings):
    for act in ("block", "unlock", "unblock", "forget"):
        assert "12345678" not in otp("numbers", act, PHONE, **settings).output
