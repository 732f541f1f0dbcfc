"""Who must show that a person asks, and what a challenge is good for."""

import time
from dataclasses import replace

import pytest

from app.domain.address import read_address
from app.domain.app import HumanCheckPolicy
from app.domain.errors import HumanCheckFailed, HumanCheckRequired
from app.domain.human_check import TEST_KEYS
from app.domain.request_context import RequestContext
from app.human_check.altcha import Altcha
from app.services.create_challenge import create_challenge
from app.services.parts.human_check import asks_when_suspicious, challenge_binding, verify_human_check
from app.settings.to_domain import apps_of, keyring_of
from tests.support.builders import OTHER_PHONE, PHONE, make_settings
from tests.support.solving import solve
from tests.support.stores import ENGINE

STORE = ENGINE  # no other test meets some branches of these scripts there

SETTINGS = make_settings()
APP = apps_of(SETTINGS)["dev"]
KEYRING = keyring_of(SETTINGS)
ALTCHA = Altcha(KEYRING.human_key, cost=1000, clock=time.time)
HERE, THERE = read_address("203.0.113.7"), read_address("203.0.113.8")


def browser(asked=HumanCheckPolicy.ALWAYS, address=HERE):
    return RequestContext(replace(APP, human_check=asked), is_backend=False, address=address)


def backend(asked=HumanCheckPolicy.ALWAYS, address=HERE):
    return replace(browser(asked, address), is_backend=True)


def solved(number=PHONE, *, country=None, address=HERE):
    """Ask for a challenge as the door does, and solve it."""
    given = create_challenge(number, country, address=address, human_checker=ALTCHA, keyring=KEYRING)
    return solve(given["challenge"])


async def shown(token, call, *, e164=PHONE, human_checker=ALTCHA):
    return await verify_human_check(token, call=call, e164=e164, human_checker=human_checker, keyring=KEYRING)


async def test_a_browser_of_an_app_that_always_asks_must_show_it():
    with pytest.raises(HumanCheckRequired):
        await shown("", browser())


@pytest.mark.parametrize(
    "call", [browser(HumanCheckPolicy.NEVER), browser(HumanCheckPolicy.SUSPICIOUS), backend(), backend(address=None)]
)
async def test_nobody_else_must(call):
    assert await shown("", call) is None


@pytest.mark.parametrize("token", ["", "anything"])
async def test_where_there_is_no_human_check_nothing_is_asked(token):
    assert await shown(token, browser(), human_checker=None) is None


@pytest.mark.parametrize(
    "call", [browser(), browser(HumanCheckPolicy.SUSPICIOUS), browser(HumanCheckPolicy.NEVER), backend()]
)
async def test_a_token_that_is_sent_is_checked(call):
    """A backend's too: one that passes on what a browser gave it should hear that it is wrong."""
    assert (await shown(solved(), call)).lives > 0
    with pytest.raises(HumanCheckFailed):
        await shown("x", call)


@pytest.mark.parametrize(
    ("number", "call"),
    [
        (OTHER_PHONE, browser()),
        (PHONE, browser(address=THERE)),
        (PHONE, browser(address=None)),
        (PHONE, browser(address=read_address("2001:db8::1"))),
    ],
)
async def test_a_solved_challenge_is_for_one_number_and_one_address(number, call):
    token = solved()

    with pytest.raises(HumanCheckFailed):
        await shown(token, call, e164=number)


async def test_five_spellings_of_a_number_are_one():
    spellings = [PHONE, "0031612345678", "+31 (0)6-12345678", "+31 6 1234 5678"]

    for token in [*map(solved, spellings), solved("06 12345678", country="NL")]:
        assert await shown(token, browser())


async def test_a_line_that_changes_its_address_within_its_64_is_one_place():
    token = solved(address=read_address("2001:db8:1:2::1"))

    assert await shown(token, browser(address=read_address("2001:db8:1:2:aaaa::2")))
    with pytest.raises(HumanCheckFailed):
        await shown(token, browser(address=read_address("2001:db8:1:3::1")))


def test_what_a_challenge_is_bound_to_tells_neither_number_nor_address():
    bound = challenge_binding(PHONE, HERE, KEYRING)

    assert len(bound) == 22
    assert len({bound, challenge_binding(PHONE, None, KEYRING), KEYRING.name("number", PHONE)}) == 3


async def test_only_a_browser_of_an_app_that_asks_on_suspicion_is_asked_then():
    proof = await shown(solved(), browser(HumanCheckPolicy.SUSPICIOUS))

    assert asks_when_suspicious(browser(HumanCheckPolicy.SUSPICIOUS), ALTCHA, None)
    assert not asks_when_suspicious(browser(HumanCheckPolicy.SUSPICIOUS), ALTCHA, proof)
    assert not asks_when_suspicious(browser(HumanCheckPolicy.SUSPICIOUS), None, None)
    assert not asks_when_suspicious(browser(HumanCheckPolicy.NEVER), ALTCHA, None)
    assert not asks_when_suspicious(browser(HumanCheckPolicy.ALWAYS), ALTCHA, None)
    assert not asks_when_suspicious(backend(HumanCheckPolicy.SUSPICIOUS), ALTCHA, None)


def test_the_keys_for_trying_are_known():
    """Production refuses them: with them every machine is a person."""
    assert {"1x00000000000000000000AA", "1x0000000000000000000000000000000AA", f"0x{'0' * 40}"} <= TEST_KEYS
