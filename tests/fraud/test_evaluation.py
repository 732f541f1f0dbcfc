"""The fraud guard alone reaches its goals on generated weeks; `python -m tests.fraud` prints the figures."""

import pytest

from tests.fraud.changed_constants import change, guard_constants
from tests.fraud.evaluation import Evaluated, Trial, evaluate_all
from tests.fraud.goals import GOALS
from tests.fraud.scoring import Figures
from tests.fraud.sensitivity import STORAGE, deciding_constants, sensitivity_table, sensitivity_trials
from tests.fraud.table import total

SEEDS = ("m1", "m2")
SIZE = 600


@pytest.mark.fraud
@pytest.mark.parametrize("kind", GOALS)
def test_the_guard_alone_reaches_its_goals(kind):
    trials = [Trial(kind, seed, SIZE, "guard") for seed in SEEDS]

    evaluated = list(evaluate_all(trials, 1, on_redis=True))

    assert [one.error for one in evaluated] == [""] * len(SEEDS)
    figures = total(evaluated)[kind, "guard"]
    assert GOALS[kind].missed(figures) == []


def test_constants_of_the_guard_are_replaced_in_a_copy_of_the_scripts(tmp_path):
    """Also those of a line that sets several, or that is a product; comments stay."""
    script = tmp_path / "guard_part.lua"
    script.write_text("local GUARD_A, GUARD_B = 10, 2.5 -- why\nlocal GUARD_C = 2 * 86400\nlocal OTHER = 1\n")

    assert guard_constants(tmp_path) == {"GUARD_A": "10", "GUARD_B": "2.5", "GUARD_C": "2 * 86400"}
    change(tmp_path, {"GUARD_B": "5", "GUARD_C": "1"})

    assert script.read_text() == "local GUARD_A, GUARD_B = 10, 5 -- why\nlocal GUARD_C = 1\nlocal OTHER = 1\n"
    with pytest.raises(KeyError, match="GUARD_D"):
        change(tmp_path, {"GUARD_D": "1"})


def test_a_constant_is_halved_and_doubled_beside_a_row_where_nothing_changes():
    rows = sensitivity_trials(["GUARD_UNPROVEN"], ["quiet", "wide"], ["1"], 600)

    assert list(rows) == ["nothing", "GUARD_UNPROVEN=2", "GUARD_UNPROVEN=8"]
    assert [(trial.kind, trial.constants) for trial in rows["GUARD_UNPROVEN=8"]] == [
        ("quiet", ("GUARD_UNPROVEN=8",)),
        ("wide", ("GUARD_UNPROVEN=8",)),
    ]


def test_the_table_of_sensitivity_has_a_row_for_each_change_and_no_figures_of_what_failed():
    rows = sensitivity_trials(["GUARD_UNPROVEN"], ["quiet", "wide"], ["1"], 600)
    figures = Figures(sittings=1000, refused=1, challenged=2, attacks=1, cost=10, passed_cost=1)
    evaluated = [
        Evaluated(trial, figures, "it ended" if trial.kind == "wide" and trial.constants else "")
        for trials in rows.values()
        for trial in trials
    ]

    assert list(sensitivity_table(rows, evaluated)) == [
        "| changed | quiet | wide |",
        "| --- | --- | --- |",
        "| nothing | 90.0 0.10 0.20 | 90.0 0.10 0.20 |",
        "| GUARD_UNPROVEN=2 | 90.0 0.10 0.20 |  |",
        "| GUARD_UNPROVEN=8 | 90.0 0.10 0.20 |  |",
    ]


def test_constants_of_storage_exist_and_decide_nothing():
    assert set(STORAGE) == guard_constants().keys() - set(deciding_constants())
