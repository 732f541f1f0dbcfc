"""The dashboard is valid for Grafana, and readable: units, descriptions, no panel over another one."""

import json
import re
from itertools import combinations

import pytest

from tests.support.monitoring import DASHBOARD, DASHBOARD_FILE, PANELS

WIDTH = 24  # columns of Grafana's grid
COLOURS = {"green", "orange", "red", "blue", "light-blue", "dark-blue", "text"}
UNITS = {"none", "s", "reqps", "ops", "percentunit", "bytes"}
ROWS = [
    "Now",
    "Requests",
    "Verifications and conversion",
    "Delivery",
    "Gateways",
    "Queue",
    "Redis",
    "Limits",
    "Money",
    "Events",
    "Processes",
]


def values_of(name, node=DASHBOARD):
    """Yield each value of a name, anywhere in the dashboard."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                yield value
            yield from values_of(name, value)
    elif isinstance(node, list):
        for part in node:
            yield from values_of(name, part)


def overlap(one, other):
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def test_it_is_formatted_as_grafana_exports_it():
    assert DASHBOARD_FILE.read_text() == json.dumps(DASHBOARD, indent=2, ensure_ascii=False) + "\n"


def test_its_rows_are_the_parts_of_the_service():
    assert [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"] == ROWS


def test_ids_and_titles_are_unique():
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert len(PANELS) == len(DASHBOARD["panels"]) - len(ROWS)


def test_no_panel_lies_over_another_one():
    places = {panel["title"]: panel["gridPos"] for panel in DASHBOARD["panels"]}

    assert [title for title, place in places.items() if place["x"] + place["w"] > WIDTH] == []
    assert [pair for pair in combinations(places, 2) if overlap(*(places[title] for title in pair))] == []


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_has_a_description_a_unit_and_legends(title):
    panel = PANELS[title]

    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert all(target["legendFormat"] for target in panel["targets"])


@pytest.mark.parametrize("title", PANELS)
def test_a_legend_shows_the_labels_by_which_its_query_groups(title):
    for target in PANELS[title]["targets"]:
        groups = re.search(r"\bby \(([^)]+)\) \((?:rate|increase|otp|max by)", target["expr"])
        shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        if groups and PANELS[title]["type"] != "stat":
            assert shown == set(groups[1].split(", ")) - {"le"}


def test_it_uses_few_colours():
    values = [value for name in ("color", "fixedColor", "iconColor") for value in values_of(name)]

    assert {value for value in values if isinstance(value, str)} <= COLOURS


def test_the_data_source_is_chosen_by_a_variable():
    """So that the file can be imported into any Grafana."""
    variable = DASHBOARD["templating"]["list"][0]

    assert (variable["name"], variable["type"]) == ("datasource", "datasource")
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in values_of("datasource"))


def test_each_variable_is_used():
    names = [variable["name"] for variable in DASHBOARD["templating"]["list"]]

    assert [name for name in names if f"${name}" not in DASHBOARD_FILE.read_text().replace("${", "$")] == []
