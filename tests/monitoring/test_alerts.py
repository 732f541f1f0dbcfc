"""Each alert names its severity, what happened, and a command that exists; its page and its unit tests are complete."""

import re
from pathlib import Path

import pytest
import yaml

from app.domain.limits import LIMITS
from app.domain.status import Reason
from tests.support.docs import DOCS
from tests.support.monitoring import ALERTS, assert_command, commands_in
from tests.support.promql import labels_in
from tests.support.settings_table import rows

PAGE = (DOCS / "operating" / "monitoring.md").read_text()
LOGS_PAGE = (DOCS / "operating" / "logs.md").read_text()
UNIT_TESTS = yaml.safe_load((Path(__file__).parent / "alerts.test.yml").read_text())["tests"]
PAGE_WITHIN_S = 120  # seconds: an operator learns of an outage while people still wait
_VALUE = re.compile(r"{{ (?:\$labels\.(\w+)|\$value(?: \| \w+)?) }}")
_UNITS = {"s": 1, "m": 60}


def seconds(duration):
    return int(duration[:-1]) * _UNITS[duration[-1]]


def described(alert):
    """Return the row of an alert on its page, with the names of labels for their values."""
    rule = ALERTS[alert]
    summary = _VALUE.sub(lambda found: f"*{found[1] or 'value'}*", rule["annotations"]["summary"])
    return f"| `{alert}` | {rule['labels']['severity']} | {rule.get('for', '')} | {summary} |"


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_has_a_name_a_severity_a_summary_and_a_runbook(alert):
    rule = ALERTS[alert]

    assert re.fullmatch(r"Otp([A-Z][a-z]+)+", alert)
    assert rule["labels"] in ({"severity": "page"}, {"severity": "ticket"})
    assert set(rule["annotations"]) == {"summary", "runbook", "runbook_page"}
    assert all(rule["annotations"][name].endswith(".") for name in ("summary", "runbook"))
    assert commands_in(rule["annotations"]["runbook"]), "it names a command"


@pytest.mark.parametrize("alert", [name for name, rule in ALERTS.items() if rule["labels"]["severity"] == "page"])
def test_a_page_comes_while_people_wait(alert):
    """A fall of the conversion is no failure that a minute could show."""
    assert seconds(ALERTS[alert].get("for", "0s")) <= PAGE_WITHIN_S or alert == "OtpConversionFell"


@pytest.mark.parametrize("alert", ALERTS)
def test_the_commands_of_a_runbook_exist(alert):
    for words in commands_in(ALERTS[alert]["annotations"]["runbook"]):
        assert_command(words)


@pytest.mark.parametrize("alert", ALERTS)
def test_a_runbook_names_settings_limits_and_log_lines_that_exist(alert):
    runbook = ALERTS[alert]["annotations"]["runbook"]
    settings = {re.match(r"\| `(OTP_\w+)`", row)[1] for row in rows()}
    words = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", runbook))

    assert set(re.findall(r"OTP_[A-Z_]+[A-Z]", runbook)) <= settings
    assert {word for word in words if f"`{word}`" not in LOGS_PAGE} <= {entry.name for entry in LIMITS} | {"client_ip"}


@pytest.mark.parametrize("alert", ALERTS)
def test_the_texts_use_labels_that_the_expression_has(alert):
    texts = " ".join(ALERTS[alert]["annotations"].values())

    assert set(re.findall(r"\$labels\.(\w+)", texts)) <= labels_in(ALERTS[alert]["expr"])


def test_failures_that_concern_one_number_do_not_page():
    """A caller could cause them for a country with few requests."""
    expression = ALERTS["OtpCountryWithoutSms"]["expr"]

    excluded = re.findall(r'reason!~"([^"]+)"', expression)
    assert [set(reasons.split("|")) for reasons in excluded] == [{one for one in Reason if one.concerns_number}] * 2


def test_each_alert_is_on_its_page():
    assert [line for line in PAGE.splitlines() if line.startswith("| `Otp")] == [described(alert) for alert in ALERTS]


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_has_a_unit_test_that_fires_and_one_that_does_not(alert):
    """`pytest -m prometheus` runs them."""
    cases = [case for test in UNIT_TESTS for case in test["promql_expr_test"]]
    own = [case for case in cases if case["expr"] == f'ALERTS{{alertname="{alert}",alertstate="firing"}}']

    assert {bool(case["exp_samples"]) for case in own} == {True, False}
