"""Whatever is sent, the service answers as its description says: no bug, no undocumented status, no other shape."""

import pytest

from app.main import create_app
from app.settings.to_domain import keyring_of
from tests.support.builders import make_settings
from tests.support.fake_vendor import nobody
from tests.support.schema import CHAINS, TEST_NUMBERS, Outcome, try_all

OFF = {
    f"limit_{name}": "off"
    for name in (
        "sends_per_number",
        "sends_per_address",
        "checks_per_address",
        "sends_per_subject",
        "calls_per_address",
        "bad_reports_per_address",
    )
} | {"failure_watch": "false"}
LIMITED = {"limit_calls_per_address": "400/min", "human_check": "altcha", "human_check_when": "suspicious"}


def run(outcome=None, *, key="sk_dev", settings=OFF, **how):
    """Try everything on the embedded store, whose SMS go to nobody."""
    outcome = outcome or Outcome()
    made = make_settings(docs="true", public_url=nobody(), test_numbers=TEST_NUMBERS, **settings)
    try_all(create_app(made), outcome, key=key, keyring=keyring_of(made), **how)
    return outcome


@pytest.mark.parametrize(
    ("examples", "least"),
    [pytest.param(5, 450, id="short"), pytest.param(1600, 15_000, id="long", marks=pytest.mark.long)],
)
def test_every_answer_to_a_backend_is_as_described(examples, least):
    """No limit is in the way, so that the calls reach what is behind the limits."""
    outcome = run(examples=examples)

    assert not outcome.broken, str(outcome)
    assert outcome.cases >= least
    assert outcome.answers.keys() >= {
        ("POST /v1/request-code", 202),
        ("POST /v1/verify-code", 200),
        ("POST /v1/proofs/redeem", 200),
        ("POST /v1/reports/{gateway}/{token}", 401),
        ("POST /v1/reports/{gateway}/{token}", 422),
        ("GET /v1/human-check", 200),
    }


@pytest.mark.parametrize(
    ("examples", "least"),
    [pytest.param(20, 100, id="short"), pytest.param(60, 5_000, id="long", marks=pytest.mark.long)],
)
def test_every_answer_in_a_chain_of_calls_is_as_described(examples, least):
    """Each call uses what the one before it was answered, along the links of the description."""
    outcome, seed, before = Outcome(), 0, -1
    while before < outcome.cases < least:  # a round that makes no call would make none the next time either
        seed, before = seed + 1, outcome.cases
        run(outcome, examples=examples, phases=CHAINS, seed=seed)

    assert not outcome.broken, str(outcome)
    assert outcome.cases >= least
    reached = {("GET /v1/verifications/{id}", 200), ("DELETE /v1/verifications/{id}", 204)}
    if least > 1000:  # a right code comes by chance here, and rarely
        reached |= {("POST /v1/verify-code", 200), ("POST /v1/verify-code", 400), ("POST /v1/request-code", 429)}
    assert outcome.answers.keys() >= reached


def test_every_answer_to_a_browser_is_as_described_with_all_limits_on():
    """Whoever calls too often is not even asked for a key, so a missing one is not told apart."""
    outcome = run(examples=10, key="pk_dev", settings=LIMITED, unchecked=["missing_required_header"])

    assert not outcome.broken, str(outcome)
    assert outcome.answers.keys() >= {("POST /v1/request-code", 202), ("POST /v1/request-code", 429)}
