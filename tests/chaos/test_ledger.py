"""The ledger finds each broken promise, and excuses what a scenario declares."""

import pytest

from tests.chaos.ledger import APPROVED, REQUESTED, Call, Interval, Ledger, Login


def kept_login(**changes):
    """Return a login with which everything went well: accepted at 10 s, approved and redeemed."""
    login = Login(
        "+31620000000",
        ids={"vf_1"},
        accepted_at=10.0,
        granted=5,
        answered=[(9.9, 10.0), (11.0, 11.1)],
        sms=[10.2],
        is_kept=True,
        attempts_left=4,
        proofs={"proof-1"},
        redeemed=1,
    )
    login.events.update({REQUESTED: {"event-1"}, APPROVED: {"event-2"}})
    for name, value in changes.items():
        setattr(login, name, value)
    return login


def ledger_of(*logins, **fields):
    ledger = Ledger()
    ledger.logins += logins
    for name, values in fields.items():
        getattr(ledger, name).extend(values)
    return ledger


def test_nothing_is_broken_where_everything_went_well():
    ledger = ledger_of(kept_login())

    assert (ledger.broken(), ledger.lost_by_design(), ledger.duplicates()) == ({}, {}, 0)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"sms": []}, "accepted and lost"),
        ({"is_kept": False, "attempts_left": None}, "record lost"),
        ({"sms": [10.2, 14.0]}, "excess SMS"),
        ({"ids": {"vf_1", "vf_2"}}, "second verification"),
        ({"proofs": {"proof-1", "proof-2"}}, "double approval"),
        ({"redeemed": 2}, "double redemption"),
        ({"wrong": [4, 4], "attempts_left": 3}, "uncounted guess"),
        ({"wrong": [4, 3], "attempts_left": 4}, "uncounted guess"),
        ({"is_right_code_refused": True}, "right code refused"),
        ({"events": {REQUESTED: {"event-1"}}}, "lost event"),
        ({"events": {REQUESTED: {"event-1"}, APPROVED: {"event-2", "event-3"}}}, "repeated event"),
    ],
)
def test_a_broken_promise_is_found_and_is_excused_only_where_it_was_declared(changes, name):
    login = kept_login(**changes)

    assert ledger_of(login).broken() == {name: 1}
    assert ledger_of(login, may_lose=[Interval(11.05, 12.0)]).lost_by_design() == {name: 1}
    assert ledger_of(login, may_lose=[Interval(11.2, 12.0)]).broken() == {name: 1}


def test_a_fault_or_an_unclear_call_of_the_vendor_allows_one_more_sms_each():
    twice = kept_login(sms=[10.2, 14.0])

    assert ledger_of(twice, faults=[Interval(10.25, 10.25)]).broken() == {}
    assert ledger_of(twice, faults=[Interval(9.0, 10.1)]).broken() == {"excess SMS": 1}
    assert ledger_of(kept_login(sms=[10.2, 14.0], unsure=1)).broken() == {}
    assert ledger_of(kept_login(sms=[10.2, 14.0, 18.0], unsure=1)).broken() == {"excess SMS": 1}
    assert ledger_of(twice).duplicates() == 1


def test_a_bug_and_a_status_500_are_never_excused():
    calls = [Call(1.0, 1.1, 500, "internal_error", is_expected=False)]

    ledger = ledger_of(calls=calls, bugs=["line"], may_lose=[Interval(0, 100)])

    assert ledger.broken() == {"status 500": 1, "bug": 1}
    assert ledger.errors() == {(500, "internal_error"): 1}


def call(began, status=200):
    return Call(began, began + 0.1, status, "", is_expected=status == 200)


def test_recovery_lasts_until_calls_succeed_in_a_row():
    """The second of two processes recovers later; a single failure afterwards is no part of it."""
    alternating = [call(3.1, 503), call(3.2), call(3.3, 503), call(3.4)]
    in_a_row = [call(4 + number / 10) for number in range(10)]
    faults, healed = [Interval(1.0, 3.0), Interval(8.0, 9.0)], [3.0, 9.0]

    def recovery(*calls):
        return round(ledger_of(calls=calls, faults=faults, healed=healed).recovery_s(), 3)

    assert recovery(call(2.0, 503), *alternating, *in_a_row, call(5.5, 503), call(8.5, 503)) == 0.5
    assert recovery(call(2.0, 503), *in_a_row) == 1.1
    assert recovery(call(3.2, 503), call(7.0, 503)) == 4.1
    assert recovery() == 0
