"""Paths to values in responses and reports."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gateways.generic.json_path import (
    ResponseParts,
    find,
    find_all,
    find_list,
    is_list_path,
    parse_path,
    parse_report_path,
)
from tests.support.report_contract import ANY_JSON

NO_DEADLINE = settings(deadline=None)  # the machine may be slow

JSON = {"id": 7, "ok": True, "price": 0.5, "data": [{"id": " a-1 "}, {"id": "a-2"}], "none": None, "": "x"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("id", "7"),
        ("ok", "true"),
        ("price", "0.5"),
        ("data.0.id", "a-1"),
        ("data.1.id", "a-2"),
        ("data.2.id", ""),
        ("data.-1.id", ""),
        ("data.id", ""),
        ("data", ""),
        ("none", ""),
        ("id.x", ""),
        ("missing | data.1.id", "a-2"),
        ("missing|id", "7"),
        ("", ""),
        ("HTTP", "403"),
    ],
)
def test_a_path_returns_its_value_as_text(path, found):
    assert find(path, ResponseParts(JSON, status="403")) == found


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ('Success "*"', 'Success "07033084"', "07033084"),
        ('Success "*"', 'Success "07033084', ""),
        ('Success "*"', 'Error "No route found"', ""),
        ('Error "*"', 'Error "No route found"', "No route found"),
        ("*", "900", "900"),
        ("*:", "0: Accepted for delivery", "0"),
        ("*:", "Sent.", ""),
        ("ID: *", "ID: 12", "12"),
        ("OK*", "OK", ""),
        ("no | ID: *", "ID: 12", "12"),
    ],
)
def test_a_star_matches_the_text_between_its_neighbours(path, text, found):
    assert find(path, ResponseParts(text=text)) == found


@pytest.mark.parametrize(
    ("path", "first", "items"),
    [
        ("ids[,]", "1", ["1", "2", "", "3"]),
        ("one[,]", "7", ["7"]),
        ("number[,]", "5", ["5"]),
        ("empty[,]", "", None),
        ("commas[,]", "", None),
        ("missing[,]", "", None),
        ("ids", "1, 2,,3", None),
        ("missing | ids[,]", "1", ["1", "2", "", "3"]),
        ("one | ids[,]", "7", None),
        ("nested.ids[,]", "a", ["a", "b"]),
        ("list[,]", "", None),
    ],
)
def test_a_list_is_split_at_its_commas(path, first, items):
    fields = {"ids": "1, 2,,3", "one": "7", "number": 5, "empty": "", "commas": ",,", "nested": {"ids": "a,b"}}
    parts = ResponseParts(fields | {"list": ["a", "b"]})

    assert (find(path, parts), find_list(path, parts)) == (first, items)


def test_a_list_is_split_before_its_items_are_cut():
    ids = [str(number) for number in range(200)]

    assert find_list("?ids[,]", ResponseParts(query={"ids": ",".join(ids)})) == ids


def test_a_star_may_stand_for_a_list():
    assert find("OK: *[,]", ResponseParts(text="OK: 12, 13")) == "12"


def test_a_very_long_list_is_not_split_to_its_end():
    """A megabyte of commas costs no more than a thousand items."""
    assert len(find_list("ids[,]", ResponseParts({"ids": "1," * 500_000}))) == 1001


def test_a_list_path_is_known_as_one():
    assert is_list_path("id | ?MsgId[,]")
    assert not is_list_path("id | ?MsgId")


def test_a_query_path_reads_the_query():
    assert find("?status", ResponseParts({"status": "no"}, query={"status": "1"})) == "1"


def test_find_all_returns_the_alternatives_in_order():
    assert find_all("data.1.id | nothing | id", ResponseParts(JSON)) == ["a-2", "7"]


@NO_DEADLINE
@given(fields=ANY_JSON, text=st.text(), path=st.lists(st.text("abc01", min_size=1), min_size=1))
def test_find_returns_at_most_255_characters_for_any_input(fields, text, path):
    for candidate in (".".join(path), "*", "a*b", "*x"):
        assert len(find(candidate, ResponseParts(fields, text))) <= 255


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a..b", "without empty steps"),
        (".a", "without empty steps"),
        ("a | ", "without empty steps"),
        ('"*" "*"', "at most one star"),
        ("?id", "a response has no query"),
        ("a" * 201, "at most 200"),
    ],
)
def test_an_invalid_path_is_rejected(path, expected):
    with pytest.raises(ValueError, match=expected):
        parse_path(path)


@pytest.mark.parametrize("path", ["HTTP", "*", 'id "*"', "?", "a..b"])
def test_report_paths_exclude_text_and_http_status(path):
    with pytest.raises(ValueError, match=r"a path in a report|without empty steps"):
        parse_report_path(path)


@pytest.mark.parametrize("path", ["", "id", "data.0.id | id", "?message"])
def test_report_paths_allow_fields_and_query(path):
    assert parse_report_path(path) == path
