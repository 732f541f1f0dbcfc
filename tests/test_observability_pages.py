"""The pages of metrics and logs list what the code counts and logs, with its labels and fields."""

import ast
import re

from app.domain.circuit_breaker import Change
from app.domain.route_warnings import RouteProblem
from app.metrics.table import METRICS
from tests.support.docs import DOCS
from tests.support.service import ROOT

METRICS_PAGE = (DOCS / "operating" / "metrics.md").read_text()
LOGS_PAGE = (DOCS / "operating" / "logs.md").read_text()
LEVELS = {"info", "warning", "error", "critical", "exception", "log"}
# Names of events that the code does not write as a literal.
NAMED = {"warning.problem": list(RouteProblem), "slot.change": list(Change)}
# Fields that `note` adds, and those of an exception.
SHARED = {"exc_info"}


def _calls():
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield node


def _logged():
    """Yield the names of the events of each call of the logger, and the names of its fields."""
    for call in _calls():
        function = ast.unparse(call.func)
        if function == "write" or (function.startswith("log.") and function[4:] in LEVELS):
            event = call.args[1] if function == "log.log" else call.args[0]
            names = [event.value] if isinstance(event, ast.Constant) else NAMED[ast.unparse(event)]
            yield names, {keyword.arg for keyword in call.keywords if keyword.arg}


def _documented():
    """Return the fields of each event in the page's table, with those that may stand on any line."""
    table = LOGS_PAGE.partition("| event | level |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    ids = set(re.findall(r"^\| `(\w+)` \|", LOGS_PAGE.partition("| event | level |")[0], re.MULTILINE))
    return {
        event: set(re.findall(r"`(\w+)`", row[2])) | ids for row in rows for event in re.findall(r"`(\w+)`", row[0])
    }


def test_each_event_is_on_the_page_of_logs_with_its_fields():
    documented = _documented()

    missing = {
        event: sorted(fields - documented.get(event, set()) - SHARED)
        for events, fields in _logged()
        for event in events
        if event not in documented or fields - documented[event] - SHARED
    }

    assert missing == {}, "add them to the table of docs/operating/logs.md"


def test_the_page_of_logs_lists_no_event_that_is_not_logged():
    assert set(_documented()) == {str(event) for events, _ in _logged() for event in events}


def test_each_fact_that_is_noted_is_on_the_page_of_logs():
    noted = {keyword.arg for call in _calls() if ast.unparse(call.func) == "note" for keyword in call.keywords}

    assert noted <= set().union(*_documented().values())


def test_each_metric_is_on_its_page_with_its_labels_and_meaning():
    rows = [
        f"| `{metric.name}` | {', '.join(f'`{label}`' for label in metric.labels)} | {metric.meaning} |"
        for metric in METRICS
    ]

    assert [line for line in METRICS_PAGE.splitlines() if line.startswith("| `otp_")] == rows
