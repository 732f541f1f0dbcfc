import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gateways.generic.json_path import ResponseParts, find, find_all, parse_path, parse_report_path
from tests.support.report_contract import ANY_JSON

PATIENT = settings(deadline=None)  # the machine may be busy

JSON = {"id": 7, "ok": True, "price": 0.5, "data": [{"id": " a-1 "}, {"id": "a-2"}], "none": None, "": "x"}


@pytest.mark.parametrize(
    ("place", "found"),
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
def test_a_path_leads_to_what_stands_there(place, found):
    assert find(place, ResponseParts(JSON, status="403")) == found


@pytest.mark.parametrize(
    ("place", "text", "found"),
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
def test_a_star_stands_for_what_is_there(place, text, found):
    assert find(place, ResponseParts(text=text)) == found


def test_a_query_is_read_where_a_report_has_one():
    assert find("?status", ResponseParts({"status": "no"}, query={"status": "1"})) == "1"


def test_all_alternatives_are_found_in_their_order():
    assert find_all("data.1.id | nothing | id", ResponseParts(JSON)) == ["a-2", "7"]


@PATIENT
@given(fields=ANY_JSON, text=st.text(), path=st.lists(st.text("abc01", min_size=1), min_size=1))
def test_whatever_a_vendor_says_a_short_text_is_found_or_none(fields, text, path):
    for place in (".".join(path), "*", "a*b", "*x"):
        assert len(find(place, ResponseParts(fields, text))) <= 255


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("a..b", "without empty steps"),
        (".a", "without empty steps"),
        ("a | ", "without empty steps"),
        ('"*" "*"', "one star"),
        ("?id", "an answer has no query"),
        ("a" * 201, "at most 200"),
    ],
)
def test_a_place_that_cannot_be_read_is_refused(place, said):
    with pytest.raises(ValueError, match=said):
        parse_path(place)


@pytest.mark.parametrize("place", ["HTTP", "*", 'id "*"', "?", "a..b"])
def test_a_report_has_no_plain_text(place):
    with pytest.raises(ValueError, match=r"a place in a report|without empty steps"):
        parse_report_path(place)


@pytest.mark.parametrize("place", ["", "id", "data.0.id | id", "?message"])
def test_a_report_has_fields_and_a_query(place):
    assert parse_report_path(place) == place
