"""Every response matches the OpenAPI description: no 500, no undocumented status, no other schema."""

import pytest

from app.main import create_app
from app.settings.to_domain import keyring_of
from tests.support.builders import make_settings
from tests.support.fake_vendor import unused_url
from tests.support.schema import CHAINS, TEST_NUMBERS, Outcome, try_all

OFF = {
    f"limit_{name}": "off"
    for name in (
        "sends_per_number",
        "sends_per_address",
        "device_sends_per_address",
        "checks_per_address",
        "sends_per_subject",
        "test_sends_per_number",
        "calls_per_address",
        "bad_reports_per_address",
    )
} | {"failure_watch": "false"}
LIMITED = {"limit_calls_per_address": "500/min", "human_check": "altcha", "human_check_when": "suspicious"}


def run(outcome=None, *, key="sk_dev", settings=OFF, **options):
    """Run schemathesis on the embedded store; webhooks and SMS go to an unreachable address."""
    outcome = outcome or Outcome()
    made = make_settings(docs="true", public_url=unused_url(), test_numbers=TEST_NUMBERS, **settings)
    try_all(create_app(made), outcome, key=key, keyring=keyring_of(made), **options)
    return outcome


@pytest.mark.parametrize(
    ("examples", "minimum"),
    [pytest.param(5, 450, id="short"), pytest.param(1600, 15_000, id="long", marks=pytest.mark.long)],
)
def test_responses_to_a_backend_match_openapi(examples, minimum):
    """Limits are off, so that the calls reach the code behind them."""
    outcome = run(examples=examples)

    assert not outcome.failures, str(outcome)
    assert outcome.cases >= minimum
    assert outcome.statuses.keys() >= {
        ("POST /v1/request-code", 202),
        ("POST /v1/verify-code", 200),
        ("POST /v1/proofs/redeem", 200),
        ("POST /v1/reports/{gateway}/{token}", 401),
        ("POST /v1/reports/{gateway}/{token}", 422),
        ("GET /v1/human-check", 200),
    }


@pytest.mark.parametrize(
    ("examples", "minimum"),
    [pytest.param(20, 100, id="short"), pytest.param(60, 5_000, id="long", marks=pytest.mark.long)],
)
def test_responses_in_linked_calls_match_openapi(examples, minimum):
    """Each call uses the response of the one before, along the OpenAPI links."""
    outcome, seed, before = Outcome(), 0, -1
    while before < outcome.cases < minimum:  # a round without a call would make none the next time either
        seed, before = seed + 1, outcome.cases
        run(outcome, examples=examples, phases=CHAINS, seed=seed)

    assert not outcome.failures, str(outcome)
    assert outcome.cases >= minimum
    reached = {("GET /v1/verifications/{id}", 200), ("DELETE /v1/verifications/{id}", 204)}
    if minimum > 1000:  # a right code is rare here
        reached |= {("POST /v1/verify-code", 200), ("POST /v1/verify-code", 400), ("POST /v1/request-code", 429)}
    assert outcome.statuses.keys() >= reached


def test_responses_to_a_browser_match_openapi_with_limits_on():
    """The address limit is checked before the key, so a missing key is not detectable above the limit."""
    outcome = run(examples=5, key="pk_dev", settings=LIMITED, unchecked=["missing_required_header"])

    assert not outcome.failures, str(outcome)
    assert outcome.statuses.keys() >= {("POST /v1/request-code", 202), ("POST /v1/request-code", 429)}
