import asyncio
import base64
import contextlib
import time

import pytest
from altcha import Challenge, solve_challenge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import HumanCheckFailed
from app.human_check.altcha import Altcha
from tests.support.human_contract import BOUND_TO, HumanCheckContract, verify
from tests.support.solving import closed, opened, solve

KEY = b"k" * 32
COST = 1000
HUGE = 10**12


def altcha(*, key=KEY, cost=COST, clock=time.time):
    return Altcha(key, cost=cost, clock=clock)


def drawn(check, bound_to=BOUND_TO):
    return check.challenge(bound_to=bound_to)["challenge"]


def ahead(seconds):
    return lambda: time.time() + seconds


@pytest.fixture(scope="module")
def challenge():
    return drawn(altcha())


@pytest.fixture(scope="module")
def token(challenge):
    return solve(challenge)


@pytest.fixture
def check():
    return altcha()


class TestAltcha(HumanCheckContract):
    """Everything a human check must do, done by ALTCHA."""

    @pytest.fixture
    def tokens(self, check):
        return [solve(drawn(check)) for _ in range(2)]


async def test_a_solved_challenge_counts_until_its_end(check, token):
    shown = await verify(check, token)

    assert shown.once == opened(token)["challenge"]["signature"]
    assert 650 < shown.lives <= 660, "and a minute more, for a process whose clock is behind"


def test_a_challenge_says_what_the_widget_must_know(challenge):
    parameters = challenge["parameters"]

    assert (parameters["algorithm"], parameters["cost"], parameters["keyPrefix"]) == ("PBKDF2/SHA-256", COST, "00")
    assert parameters["data"] == {"for": BOUND_TO}
    assert 590 < parameters["expiresAt"] - time.time() <= 600


def test_two_challenges_are_two(check):
    one, other = drawn(check), drawn(check)

    assert one["signature"] != other["signature"]
    assert one["parameters"]["nonce"] != other["parameters"]["nonce"]
    assert one["parameters"]["salt"] != other["parameters"]["salt"]


async def test_several_solutions_of_one_challenge_are_one(check, challenge, token):
    """A challenge has a solution in 256 tries; who goes on finds another, which must not count as another."""
    before = opened(token)["solution"]["counter"]
    found = solve_challenge(Challenge.from_dict(challenge), counter_start=before + 1)
    other = closed({"challenge": challenge, "solution": found.to_dict()})

    assert found.counter != before
    assert (await verify(check, other)).once == (await verify(check, token)).once


async def test_a_challenge_is_for_one_number_and_address_only(check, token):
    with pytest.raises(HumanCheckFailed):
        await verify(check, token, bound_to="AAAAAAAAAAAAAAAAAAAAAA")


@pytest.mark.parametrize("late", [601, 86400])
async def test_a_challenge_ends_after_ten_minutes(token, late):
    with pytest.raises(HumanCheckFailed):
        await verify(altcha(clock=ahead(late)), token)


async def test_a_challenge_of_another_key_is_refused(token):
    with pytest.raises(HumanCheckFailed):
        await verify(altcha(key=b"x" * 32), token)


async def test_what_was_solved_at_another_cost_is_refused(token):
    with pytest.raises(HumanCheckFailed):
        await verify(altcha(cost=COST + 1), token)


CHANGES = {
    "algorithm": ["ARGON2ID", "SCRYPT", "SHA-256", "PBKDF2/SHA-512", 7, None, ["PBKDF2/SHA-256"]],
    "cost": [1, HUGE, -1, 0.5, "5000", None, True],
    "keyLength": [0, 1, HUGE, None],
    "keyPrefix": ["", "0", "zz", "0" * 900, None],
    "nonce": ["", "00", "0" * 900, "zz" * 16, None, 7, ["00"], {"__proto__": 1}],
    "salt": ["", "00", "0" * 900, None, 7, [[[[]]]], "\ud800"],
    "memoryCost": [2**31, HUGE],
    "parallelism": [2**31, HUGE],
    "expiresAt": [HUGE, 10**1000, -1, 0, None, "9999999999", 1e18, True, []],
    "data": [None, {}, {"for": ""}, [], {"for": BOUND_TO, "more": 1}],
    "keySignature": ["00" * 32],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in CHANGES.items() for value in values])
async def test_a_changed_challenge_costs_next_to_nothing(check, token, name, value):
    """What a stranger wrote is never worked with: ours stands in its place, or the signature does not fit."""
    forged = opened(token)
    forged["challenge"]["parameters"][name] = value

    async with asyncio.timeout(20):  # at what is said there it would take hours
        if name in {"nonce", "salt", "expiresAt"}:
            with pytest.raises(HumanCheckFailed):
                await verify(check, closed(forged))
        else:
            assert (await verify(check, closed(forged))).once == forged["challenge"]["signature"]


@pytest.mark.parametrize(
    "change",
    [
        {"counter": 2**32},
        {"counter": 10**1000},
        {"counter": -1},
        {"counter": 0.0},
        {"counter": "0"},
        {"counter": True},
        {"counter": None},
        {"derivedKey": "00" * 32},
        {"derivedKey": "00" * 500},
        {"derivedKey": ""},
        {"derivedKey": None},
        {"derivedKey": ["00"]},
        {"derivedKey": "\ud800"},
    ],
)
async def test_a_wrong_solution_is_refused(check, token, change):
    forged = opened(token)
    forged["solution"] |= change

    with pytest.raises(HumanCheckFailed):
        await verify(check, closed(forged))


@pytest.mark.parametrize("signature", ["", "00" * 32, None, 7, [], "\ud800", "é" * 32])
async def test_an_unsigned_or_forged_challenge_is_refused(check, token, signature):
    forged = opened(token)
    forged["challenge"]["signature"] = signature

    with pytest.raises(HumanCheckFailed):
        await verify(check, closed(forged))


@pytest.mark.parametrize(
    "written",
    [
        b"[" * 1500,
        b'{"challenge":' * 110,
        b'{"challenge":{"parameters":{"algorithm":"","cost":1,"salt":"","nonce":' + b"[" * 1300,
        b'{"challenge":' + b"9" * 1400 + b"}",
        b'{"challenge":{},"solution":{}}',
        b'{"challenge":{"parameters":[]},"solution":{}}',
        b'{"challenge":"parameters","solution":"x"}',
        b"\xff\xfe{",
        b"NaN",
        b"Infinity",
        b'"challenge"',
        b"",
    ],
    ids=lambda written: ascii(written[:30]),
)
async def test_what_is_no_token_is_refused(check, written):
    with pytest.raises(HumanCheckFailed):
        await verify(check, base64.b64encode(written).decode())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_values_in_a_token_are_taken_or_refused(check, token, data):
    """Never a bug, whatever stands in any of its places."""
    forged = opened(token)
    places = [forged, forged["challenge"], forged["challenge"]["parameters"], forged["solution"]]
    place = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(_JSON)

    with contextlib.suppress(HumanCheckFailed):
        assert (await verify(check, closed(forged))).once


async def test_a_costly_check_does_not_hold_up_the_others():
    """At the highest cost one try takes a quarter of a second; it is done in a thread meanwhile."""
    check = altcha(cost=1_000_000)
    challenge = drawn(check)
    wrong = closed({"challenge": challenge, "solution": {"counter": 1, "derivedKey": "00" * 32}})
    turns = 0

    checking = asyncio.create_task(verify(check, wrong))
    while not checking.done():
        await asyncio.sleep(0)
        turns += 1

    with pytest.raises(HumanCheckFailed):
        await checking
    assert turns > 100, "others had their turns meanwhile"
