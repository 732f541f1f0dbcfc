"""What a gateway's failure means to an operator."""

import pytest

from app.cli.gateway_errors import describe_delivery, explain, suggest
from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.status import Reason

FAILURES = [Refused("It refused."), Unreachable("It is away."), Unsure("It said nothing.")]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_advice(reason):
    assert suggest(Refused("no", reason=reason)).endswith(".")


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_every_outcome_is_named_and_says_whether_an_sms_went_out(failure):
    assert explain(failure) == f"{type(failure).__name__.lower()}: {failure.reason}. {failure}"
    assert describe_delivery(failure).endswith(".")


def test_only_a_refusal_and_a_vendor_out_of_reach_are_sure_that_nothing_went_out():
    assert [describe_delivery(failure).startswith("Nothing was sent") for failure in FAILURES] == [True, True, False]


@pytest.mark.parametrize("word", ["1403", "HTTP 401", "AccessDenied.Kind", "invalid sender"])
def test_a_vendors_own_word_is_told(word):
    assert f"unknown ({word}). " in explain(Refused("no", word=word))


@pytest.mark.parametrize("word", ["31612345678", "\x1b[31mred", "no: <b>", "x" * 65, "two\nlines", ""])
def test_what_might_be_a_number_or_more_than_a_word_is_not(word):
    assert explain(Refused("It refused.", word=word)) == "refused: unknown. It refused."


def test_who_asks_for_rest_is_heard():
    assert suggest(Unreachable("slower", reason=Reason.THROTTLED, after=7)).endswith("It asks for 7 s of rest.")
