"""choose_gateway: sends that must not be doubled, and sends that wait for a busy gateway."""

import pytest

from app.domain.delivery_attempt import DeliveryAttempt, Outcome
from app.domain.gateway_throttle import Unavailable
from app.domain.route import RouteStep
from app.domain.status import Reason, Status
from app.services.parts.choose_gateway import Delay, Finished, Try, choose_gateway

STEPS = [RouteStep("one"), RouteStep("two")]


def attempt(outcome, *, gateway="one", status=Status.QUEUED, id="ms_1", reason=None):
    return DeliveryAttempt(id, gateway, outcome, status, reason)


@pytest.mark.parametrize("outcome", [Outcome.UNSURE, Outcome.BUG])
@pytest.mark.parametrize(("may_duplicate", "step"), [(True, Try(STEPS[1], why="one {}")), (False, Finished("unsure"))])
def test_what_may_have_been_sent_is_sent_again_only_where_a_duplicate_does_no_harm(outcome, may_duplicate, step):
    expected = Try(STEPS[1], why=f"one {outcome}") if isinstance(step, Try) else step

    assert choose_gateway(STEPS, [attempt(outcome)], may_duplicate=may_duplicate) == expected


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        (Outcome.UNREACHABLE, Status.QUEUED, None),
        (Outcome.REFUSED, Status.FAILED, Reason.NO_CREDIT),
        (Outcome.ABANDONED, Status.QUEUED, None),
    ],
)
def test_what_was_not_sent_goes_to_the_next_gateway_without_duplicates_too(outcome, status, reason):
    """A call whose worker died counts as not sent: a lost message is worse than one that arrives twice."""
    attempts = [attempt(outcome, status=status, reason=reason)]

    step = choose_gateway(STEPS, attempts, down={"one"}, may_duplicate=False)

    assert step.route_step.gateway == "two"


def test_an_unsure_gateway_that_deduplicates_is_called_once_more_by_the_same_id():
    attempts = [attempt(Outcome.UNSURE)]

    assert choose_gateway(STEPS, attempts, safe={"one"}, may_duplicate=False) == Try(STEPS[0], "ms_1")
    attempts.append(attempt(Outcome.UNSURE))
    assert choose_gateway(STEPS, attempts, safe={"one"}, may_duplicate=False) == Finished("unsure")


def test_what_was_accepted_or_refused_for_its_number_ends_without_duplicates_too():
    accepted = attempt(Outcome.ACCEPTED, status=Status.SENT)
    refused = attempt(Outcome.REFUSED, status=Status.FAILED, reason=Reason.INVALID_NUMBER)

    assert choose_gateway(STEPS, [accepted], may_duplicate=False) == Finished("sent")
    assert choose_gateway(STEPS, [refused], may_duplicate=False) == Finished("refused_invalid_number")


@pytest.mark.parametrize("why", ["full", "paced"])
def test_a_patient_send_waits_for_a_busy_gateway(why):
    """A bulk that is larger than the first gateway's rate must not move to the next one, which may cost more."""
    busy = {"one": Unavailable(why, 7.0)}

    assert choose_gateway(STEPS, [], unavailable=busy, is_patient=True) == Delay(why, 7.0, "one")
    assert choose_gateway(STEPS, [], unavailable=busy) == Try(STEPS[1], why=f"one {why}")


def test_a_patient_send_does_not_wait_for_a_gateway_that_rests():
    resting = {"one": Unavailable("resting", 7.0)}

    assert choose_gateway(STEPS, [], unavailable=resting, is_patient=True) == Try(STEPS[1], why="one resting")
