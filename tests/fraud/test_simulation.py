"""Actors, the order of their lines, the running command, and the figures of a run."""

import json
import sys

import pytest

from tests.fraud.goals import GOALS, Goal
from tests.fraud.protocol import Decision, Outcome, ReplayError, ReplayProcess, Request
from tests.fraud.scoring import Figures, score
from tests.fraud.simulation import Judged, Run, Sitting
from tests.fraud.table import markdown, missed_goals


class Scripted:
    """Gives the next of its decisions to each question, and keeps all lines."""

    def __init__(self, *words):
        self.words, self.lines = list(words), []

    def ask(self, line):
        self.lines.append(line)
        return Decision(line["id"], self.words.pop(0))

    def tell(self, line):
        self.lines.append(line)


def request(at, **fields):
    return Request(at, "+31612345678", "NL", "198.51.100.7", 0.078, **fields)


def test_an_actor_receives_each_decision_before_it_goes_on():
    seen = []

    def steps():
        seen.append((yield request(1)).decision)
        seen.append((yield Outcome(2, 0, "passed")).decision)
        seen.append((yield request(3)).decision)

    judged = Run(Scripted("challenge", "allow", "block")).play([Sitting(1, "NL", steps())])

    assert seen == ["challenge", "allow", "block"]
    assert [(one.first.decision, one.last.decision) for one in judged] == [("challenge", "allow"), ("block", "block")]


def test_lines_of_several_actors_are_in_the_order_of_time():
    """A report that comes late does not keep its actor from asking again."""

    def person():
        sent = (yield request(10)).id
        yield Outcome(60, sent, "undelivered")
        yield request(40, resend=sent)

    def other():
        yield request(20)

    service = Scripted(*["allow"] * 3)
    Run(service).play([Sitting(10, "NL", person()), Sitting(20, "NL", other())])

    assert [(line["t"], line["type"]) for line in service.lines] == [
        (10, "request"),
        (20, "request"),
        (40, "request"),
        (60, "outcome"),
    ]
    assert [line["id"] for line in service.lines] == [0, 1, 2, 0]


def judged(sitting, at, first, last=None, cost=1.0):
    decisions = [Decision(0, word, evidence=("novelty",) if word != "allow" else ()) for word in (first, last or first)]
    return Judged(sitting, Request(at, "+31612345678", "NL", "198.51.100.7", cost), *decisions)


def test_a_sitting_is_refused_only_if_none_of_its_requests_passed():
    again, never, challenged = (Sitting(n, "NL", iter(())) for n in range(3))

    figures = score(
        [
            judged(again, 0, "block"),
            judged(again, 60, "allow"),
            judged(never, 1, "block"),
            judged(challenged, 2, "challenge", "allow"),
        ]
    )

    assert (figures.sittings, figures.refused, figures.challenged) == (3, 1, 1)
    assert figures.why_people == {"block novelty": 2, "challenge novelty": 1}


def test_the_cost_stopped_is_that_of_attack_requests_that_did_not_pass():
    attack = Sitting(5, "", iter(()), is_attack=True)

    figures = score(
        [
            judged(attack, 5, "allow", cost=2),
            judged(attack, 6, "challenge", "allow", cost=2),
            judged(attack, 7, "limit", cost=4),
        ]
    )

    assert figures.stopped_share == 0.5
    assert (figures.stop_after, figures.stop_cost) == ((2,), (4,))
    assert figures.sittings == 0


def test_the_attacked_country_counts_its_people_since_the_attack_began():
    attack = Sitting(5, "", iter(()), is_attack=True)
    run = [judged(Sitting(at, country, iter(())), at, "block") for at, country in [(1, "NL"), (6, "NL"), (7, "DE")]]

    figures = score([run[0], judged(attack, 5, "allow"), *run[1:]], harmed="NL")

    assert (figures.there, figures.there_refused, figures.refused) == (1, 1, 3)


def test_sittings_before_the_scored_week_are_left_out():
    run = [judged(Sitting(at, "NL", iter(())), at, "block") for at in (1, 100)]

    assert score(run, since=50).refused == 1


def test_figures_of_several_seeds_add_up_and_missed_goals_are_named():
    figures = Figures(sittings=1000, refused=1, attacks=1, cost=10, passed_cost=1, stop_after=(60.0,), stop_cost=(0.5,))
    sums = {("home", "guard"): figures + figures, ("home", "both"): figures, ("quiet", "guard"): figures}

    assert missed_goals(sums) == [
        "home: stopped 90.0%, at least 97%",
        "quiet: refused 0.100%, at most 0.02%",
    ]
    assert "| home | guard | 90.0% | 0.50 € | 60 s | 0.10% | 0 |  |" in markdown(sums)
    assert "| quiet | guard | 1,000 | 0.10% | 0 |" in markdown(sums)


def test_a_goal_without_a_figure_is_never_missed():
    assert Goal().missed(Figures(sittings=1, refused=1)) == []
    assert all(goal != Goal() for goal in GOALS.values())


ECHO = """
import json, sys
for line in sys.stdin:
    read = json.loads(line)
    if read["type"] == "request" or read["outcome"] == "passed":
        print(json.dumps({"id": read["id"], "decision": "allow", "code": None, "evidence": ["money"]}), flush=True)
print(json.dumps({"type": "summary", "requests": 1}))
"""


def test_a_running_command_answers_each_request_before_the_next_line():
    with ReplayProcess([sys.executable, "-c", ECHO]) as process:
        first = process.ask(request(1).line(0, "shop"))
        process.tell(Outcome(2, 0, "approved").line())

    assert first == Decision(0, "allow", evidence=("money",))
    assert process.summary == {"type": "summary", "requests": 1}


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; sys.exit('Line 1 of the trace cannot be read.')", "Line 1 of the trace cannot be read"),
        ("input(); print('{}', flush=True)", "was answered by {}"),
        (
            "import sys; input(); print('" + json.dumps({"id": 0, "decision": "allow"}) + "', flush=True); sys.exit(2)",
            "2",
        ),
    ],
)
def test_a_command_that_fails_is_reported(program, message):
    with pytest.raises(ReplayError, match=message), ReplayProcess([sys.executable, "-c", program]) as process:
        process.ask(request(1).line(0, "shop"))
