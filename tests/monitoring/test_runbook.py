"""docs/operating/runbook.md: one section for each alert, with commands, settings and log lines that exist."""

import re

import pytest

from app.domain.limits import LIMITS
from tests.support.docs import DOCS, anchors_in, join_lines
from tests.support.monitoring import ALERTS, assert_command, commands_in
from tests.support.settings_table import rows

PATH = DOCS / "operating" / "runbook.md"
TITLES = re.findall(r"^## (.+)$", PATH.read_text(), re.MULTILINE)
SECTIONS = dict(zip(TITLES, re.split(r"^## .+$", PATH.read_text(), flags=re.MULTILINE)[1:], strict=True))
LOGS_PAGE = (DOCS / "operating" / "logs.md").read_text()
API = (DOCS / "using" / "api.md").read_text()
PARTS = ["Meaning.", "Look.", "Do.", "Ends"]


def test_each_alert_has_a_section_in_the_order_of_the_rules():
    assert list(ALERTS) == TITLES


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_names_its_section(alert):
    path, _, anchor = ALERTS[alert]["annotations"]["runbook_page"].partition("#")

    assert path == PATH.relative_to(DOCS.parent).as_posix()
    assert anchor == alert.lower()
    assert anchor in anchors_in(PATH)


@pytest.mark.parametrize("alert", SECTIONS)
def test_a_section_has_its_severity_and_its_four_parts(alert):
    assert SECTIONS[alert].strip().startswith(f"`{ALERTS[alert]['labels']['severity']}`\n")
    assert re.findall(r"^\*\*([^*]+)\*\*", SECTIONS[alert], re.MULTILINE) == PARTS


@pytest.mark.parametrize("alert", SECTIONS)
def test_a_section_has_the_commands_of_the_alert_and_each_exists(alert):
    commands = commands_in(SECTIONS[alert])

    for words in commands:
        assert_command(words)
    assert commands
    first = commands_in(ALERTS[alert]["annotations"]["runbook"])
    assert {words[0] for words in first} <= {words[0] for words in commands}


@pytest.mark.parametrize("alert", SECTIONS)
def test_a_section_names_settings_limits_codes_and_log_lines_that_exist(alert):
    text = join_lines(SECTIONS[alert])
    settings = {re.match(r"\| `(OTP_\w+)`", row)[1] for row in rows()}
    words = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text))
    known = {entry.name for entry in LIMITS} | {"client_ip", "no_worker"}

    assert set(re.findall(r"OTP_[A-Z_]+[A-Z]", text)) <= settings
    assert {word for word in words if f"`{word}`" not in LOGS_PAGE + API} <= known
