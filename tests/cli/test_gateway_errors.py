"""Explanations and advice for gateway failures."""

import pytest

from app.cli.gateway_errors import describe_delivery, explain, suggest
from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason

FAILURES = [Refused("It refused."), Unreachable("It is away."), Unsure("It said nothing.")]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_advice(reason):
    assert suggest(Refused("no", reason=reason)).endswith(".")


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_every_outcome_is_named_with_its_delivery_state(failure):
    assert explain(failure) == f"{type(failure).__name__.lower()}: {failure.reason}. {failure}"
    assert describe_delivery(failure).endswith(".")


def test_unsure_failure_does_not_claim_that_nothing_was_sent():
    assert [describe_delivery(failure).startswith("Nothing was sent") for failure in FAILURES] == [True, True, False]


@pytest.mark.parametrize("word", ["1403", "HTTP 401", "AccessDenied.Kind", "invalid sender"])
def test_explain_includes_a_vendor_code(word):
    assert f"unknown ({word}). " in explain(Refused("no", word=word))


@pytest.mark.parametrize("word", ["31612345678", "\x1b[31mred", "no: <b>", "x" * 65, "two\nlines", ""])
def test_explain_omits_numbers_and_free_text_of_the_vendor(word):
    assert explain(Refused("It refused.", word=word)) == "refused: unknown. It refused."


def test_suggest_includes_the_retry_delay():
    assert suggest(Unreachable("slower", reason=Reason.THROTTLED, after=7)).endswith("Retry after 7 s.")
