"""Which calls need a human check, and what a challenge is bound to."""

import time
from dataclasses import replace

import pytest

from app.domain.address import read_address
from app.domain.app import HumanCheckPolicy
from app.domain.errors import HumanCheckFailed, HumanCheckRequired
from app.domain.human_check import TEST_KEYS, HumanCheckState
from app.domain.request_context import RequestContext
from app.human_check.altcha import Altcha
from app.services.create_challenge import CreateChallenge
from app.services.parts.human_check import HumanChecks, challenge_binding
from app.settings.to_domain import apps_of, keyring_of
from tests.support.builders import OTHER_PHONE, PHONE, make_settings
from tests.support.solving import solve
from tests.support.stores import ENGINE

STORE = ENGINE  # some branches of these scripts are tested on a real engine only here

SETTINGS = make_settings()
APP = apps_of(SETTINGS)["dev"]
KEYRING = keyring_of(SETTINGS)
ALTCHA = Altcha(KEYRING.human_key, cost=1000, clock=time.time)
HERE, THERE = read_address("203.0.113.7"), read_address("203.0.113.8")


def browser(policy=HumanCheckPolicy.ALWAYS, address=HERE):
    return RequestContext(replace(APP, human_check=policy), is_backend=False, address=address)


def backend(policy=HumanCheckPolicy.ALWAYS, address=HERE):
    return replace(browser(policy, address), is_backend=True)


def solved(number=PHONE, *, country=None, address=HERE):
    """Create a challenge as the API does, and solve it."""
    challenge = CreateChallenge(ALTCHA, KEYRING)(number, country, address=address)
    return solve(challenge["challenge"])


class NothingAnswered:
    """Verifications of which no call was answered before."""

    async def is_answered(self, call):
        return False


async def verify(token, call, *, e164=PHONE, provider=ALTCHA):
    async def find_number():
        return e164

    return await HumanChecks(provider, KEYRING, NothingAnswered()).verify(token, call, find_number)


async def test_a_browser_needs_a_human_check_under_the_always_policy():
    with pytest.raises(HumanCheckRequired):
        await verify("", browser())


@pytest.mark.parametrize(
    "call", [browser(HumanCheckPolicy.NEVER), backend(), backend(HumanCheckPolicy.SUSPICIOUS), backend(address=None)]
)
async def test_backends_and_the_never_policy_need_no_human_check(call):
    assert await verify("", call) == HumanCheckState()


@pytest.mark.parametrize("token", ["", "anything"])
async def test_without_a_provider_no_human_check_is_needed(token):
    assert await verify(token, browser(), provider=None) == HumanCheckState()


@pytest.mark.parametrize(
    "call", [browser(), browser(HumanCheckPolicy.SUSPICIOUS), browser(HumanCheckPolicy.NEVER), backend()]
)
async def test_a_token_is_always_verified(call):
    """A backend's token is verified too: it may have been passed on from a browser."""
    assert (await verify(solved(), call)).passed.lifetime > 0
    with pytest.raises(HumanCheckFailed):
        await verify("x", call)


@pytest.mark.parametrize(
    ("number", "call"),
    [
        (OTHER_PHONE, browser()),
        (PHONE, browser(address=THERE)),
        (PHONE, browser(address=None)),
        (PHONE, browser(address=read_address("2001:db8::1"))),
    ],
)
async def test_a_challenge_is_bound_to_its_number_and_address(number, call):
    token = solved()

    with pytest.raises(HumanCheckFailed):
        await verify(token, call, e164=number)


async def test_a_challenge_accepts_any_spelling_of_its_number():
    spellings = [PHONE, "0031612345678", "+31 (0)6-12345678", "+31 6 1234 5678"]

    for token in [*map(solved, spellings), solved("06 12345678", country="NL")]:
        assert (await verify(token, browser())).passed


async def test_a_challenge_accepts_addresses_of_the_same_ipv6_64():
    token = solved(address=read_address("2001:db8:1:2::1"))

    assert (await verify(token, browser(address=read_address("2001:db8:1:2:aaaa::2")))).passed
    with pytest.raises(HumanCheckFailed):
        await verify(token, browser(address=read_address("2001:db8:1:3::1")))


def test_a_challenge_binding_reveals_neither_number_nor_address():
    bound = challenge_binding(PHONE, HERE, KEYRING)

    assert len(bound) == 22
    assert len({bound, challenge_binding(PHONE, None, KEYRING), KEYRING.name("number", PHONE)}) == 3


async def test_suspicion_is_of_browsers_whose_app_ever_requires_a_human_check():
    assert await verify("", browser(HumanCheckPolicy.SUSPICIOUS)) == HumanCheckState(required="if_suspicious")
    for policy in (HumanCheckPolicy.SUSPICIOUS, HumanCheckPolicy.ALWAYS):
        assert (await verify(solved(), browser(policy))).required == "if_suspicious"
    assert (await verify(solved(), browser(HumanCheckPolicy.NEVER))).required == ""


def test_the_providers_test_keys_are_known():
    """Production refuses the providers' test keys, which accept every token."""
    assert {"1x00000000000000000000AA", "1x0000000000000000000000000000000AA", f"0x{'0' * 40}"} <= TEST_KEYS
