"""Reads the files in deploy/monitoring for the tests: alerts, dashboard, and the settings of Prometheus and Grafana."""

import json
import re

import yaml
from typer.main import get_command

from app.cli import app
from tests.support.processes import ROOT

FOLDER = ROOT / "deploy" / "monitoring"
PROMETHEUS = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
RULES = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES}
DASHBOARD_FILE = FOLDER / "grafana" / "dashboards" / "otp.json"
DASHBOARD = json.loads(DASHBOARD_FILE.read_text())
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"] if panel["type"] != "row"}
QUERIES = {
    f"{title} {target['refId']}": target["expr"] for title, panel in PANELS.items() for target in panel["targets"]
}
_VARIABLES = {"$__rate_interval": "1m", "$country": ".*", "$gateway": ".*"}


def as_grafana_sends(query):
    """Return a panel's query with the values that Grafana puts in for its variables."""
    for variable, value in _VARIABLES.items():
        query = query.replace(variable, value)
    return query


def commands_in(text):
    """Return the commands of `otp` that a text names in backticks, as lists of words."""
    return [words.split()[1:] for words in re.findall(r"`(otp [^`]+)`", " ".join(text.split()))]


def assert_command(words):
    """Assert that words name a whole command of `otp` with options that it has."""
    command, rest = get_command(app), list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]

    options = {option for param in command.params for option in param.opts}
    assert {word for word in rest if word.startswith("--")} <= options
    assert hasattr(command, "commands") == (words == ["--version"]), f"{words} is a whole command"
