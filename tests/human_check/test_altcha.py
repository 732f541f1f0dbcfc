"""ALTCHA: challenges, solutions, tampered tokens and cost."""

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
from tests.support.solving import decode_token, encode_token, solve

KEY = b"k" * 32
COST = 1000
HUGE = 10**12


def altcha(*, key=KEY, cost=COST, clock=time.time):
    return Altcha(key, cost=cost, clock=clock)


def new_challenge(check, bound_to=BOUND_TO):
    return check.challenge(bound_to=bound_to)["challenge"]


def clock_ahead(seconds):
    return lambda: time.time() + seconds


@pytest.fixture(scope="module")
def challenge():
    return new_challenge(altcha())


@pytest.fixture(scope="module")
def token(challenge):
    return solve(challenge)


@pytest.fixture
def check():
    return altcha()


class TestAltcha(HumanCheckContract):
    """The human check contract for ALTCHA."""

    @pytest.fixture
    def tokens(self, check):
        return [solve(new_challenge(check)) for _ in range(2)]


async def test_solved_challenge_is_valid_until_it_expires(check, token):
    result = await verify(check, token)

    assert result.token_id == decode_token(token)["challenge"]["signature"]
    assert 650 < result.lifetime <= 660, "plus a minute for a process whose clock is behind"


def test_challenge_has_the_parameters_of_the_widget(challenge):
    parameters = challenge["parameters"]

    assert (parameters["algorithm"], parameters["cost"], parameters["keyPrefix"]) == ("PBKDF2/SHA-256", COST, "00")
    assert parameters["data"] == {"for": BOUND_TO}
    assert 590 < parameters["expiresAt"] - time.time() <= 600


def test_challenges_are_unique(check):
    one, other = new_challenge(check), new_challenge(check)

    assert one["signature"] != other["signature"]
    assert one["parameters"]["nonce"] != other["parameters"]["nonce"]
    assert one["parameters"]["salt"] != other["parameters"]["salt"]


async def test_solutions_of_one_challenge_share_a_token_id(check, challenge, token):
    """A challenge has about one solution in 256 tries; a second solution must not count as another token."""
    before = decode_token(token)["solution"]["counter"]
    found = solve_challenge(Challenge.from_dict(challenge), counter_start=before + 1)
    other = encode_token({"challenge": challenge, "solution": found.to_dict()})

    assert found.counter != before
    assert (await verify(check, other)).token_id == (await verify(check, token)).token_id


async def test_token_for_another_number_is_refused(check, token):
    with pytest.raises(HumanCheckFailed):
        await verify(check, token, bound_to="AAAAAAAAAAAAAAAAAAAAAA")


@pytest.mark.parametrize("seconds_late", [601, 86400])
async def test_expired_challenge_is_refused(token, seconds_late):
    with pytest.raises(HumanCheckFailed):
        await verify(altcha(clock=clock_ahead(seconds_late)), token)


async def test_challenge_of_another_key_is_refused(token):
    with pytest.raises(HumanCheckFailed):
        await verify(altcha(key=b"x" * 32), token)


async def test_solution_at_another_cost_is_refused(token):
    with pytest.raises(HumanCheckFailed):
        await verify(altcha(cost=COST + 1), token)


@pytest.mark.parametrize("work", [1, 2, 3])
async def test_a_challenge_takes_a_multiple_of_the_cost_which_its_token_tells(check, work):
    challenge = check.challenge(bound_to=BOUND_TO, work=work)["challenge"]

    assert challenge["parameters"]["cost"] == work * COST
    assert (await verify(check, solve(challenge))).work == work


CHANGES = {
    "algorithm": ["ARGON2ID", "SCRYPT", "SHA-256", "PBKDF2/SHA-512", 7, None, ["PBKDF2/SHA-256"]],
    "cost": [1, HUGE, -1, 0, 0.5, "5000", None, True, COST + 1, 2 * COST, 17 * COST],
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
async def test_changed_challenge_causes_no_expensive_work(check, token, name, value):
    """No value of the client is used: it is replaced by ours, or the signature does not match."""
    forged = decode_token(token)
    forged["challenge"]["parameters"][name] = value

    async with asyncio.timeout(20):  # with the forged values it would take hours
        if name in {"nonce", "salt", "expiresAt", "cost"}:
            with pytest.raises(HumanCheckFailed):
                await verify(check, encode_token(forged))
        else:
            assert (await verify(check, encode_token(forged))).token_id == forged["challenge"]["signature"]


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
async def test_wrong_solution_is_refused(check, token, change):
    forged = decode_token(token)
    forged["solution"] |= change

    with pytest.raises(HumanCheckFailed):
        await verify(check, encode_token(forged))


@pytest.mark.parametrize("signature", ["", "00" * 32, None, 7, [], "\ud800", "é" * 32])
async def test_unsigned_or_forged_challenge_is_refused(check, token, signature):
    forged = decode_token(token)
    forged["challenge"]["signature"] = signature

    with pytest.raises(HumanCheckFailed):
        await verify(check, encode_token(forged))


@pytest.mark.parametrize(
    "payload",
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
    ids=lambda payload: ascii(payload[:30]),
)
async def test_invalid_token_is_refused(check, payload):
    with pytest.raises(HumanCheckFailed):
        await verify(check, base64.b64encode(payload).decode())


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_token_values_are_accepted_or_refused(check, token, data):
    """No value in any field causes an unexpected error."""
    forged = decode_token(token)
    objects = [forged, forged["challenge"], forged["challenge"]["parameters"], forged["solution"]]
    target = data.draw(st.sampled_from(objects))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(ANY_JSON)

    with contextlib.suppress(HumanCheckFailed):
        assert (await verify(check, encode_token(forged))).token_id


async def test_expensive_check_does_not_block_other_tasks():
    """At the highest cost one try takes a quarter of a second, in a thread."""
    check = altcha(cost=1_000_000)
    challenge = new_challenge(check)
    wrong = encode_token({"challenge": challenge, "solution": {"counter": 1, "derivedKey": "00" * 32}})
    turns = 0

    checking = asyncio.create_task(verify(check, wrong))
    while not checking.done():
        await asyncio.sleep(0)
        turns += 1

    with pytest.raises(HumanCheckFailed):
        await checking
    assert turns > 100, "other tasks run meanwhile"
