"""Parsing and encoding of limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.limit import Limit, read_limit, read_money_limit


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("3/10min,5/h,10/d", ((3, 600), (5, 3600), (10, 86400))),
        (" 3/10MIN , 5/H ", ((3, 600), (5, 3600))),
        ("1/s", ((1, 1),)),
        ("1000000/30d", ((1_000_000, 30 * 86400),)),
        ("1/90s", ((1, 90),)),
        ("off", ()),
        (" OFF ", ()),
    ],
)
def test_limit_is_parsed(text, rules):
    assert read_limit(text) == Limit(rules)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "3/",
        "/h",
        "0/h",
        "1000001/h",
        "01/h",
        "3/0s",
        "3/31d",
        "3/1w",
        "-3/h",
        "3.5/h",
        "3/h,",
        "3/h;5/d",
        "off,3/h",
        "3 per h",
    ],
)
def test_invalid_limit_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="3/10min,5/h,10/d"):
        read_limit(text)


def test_repeated_window_is_refused():
    """Two policies of one name would report contradictory values to a backend."""
    with pytest.raises(ValueError, match="one window has two counts"):
        read_limit("5/600s,3/10min")


@given(text=st.text(max_size=20) | st.text(alphabet="0123456789/,smhdin", max_size=12))
def test_any_text_is_a_limit_within_bounds_or_refused(text):
    try:
        limit = read_limit(text)
    except ValueError:
        return
    assert all(1 <= count <= 1_000_000 and 1 <= seconds <= 30 * 86400 for count, seconds in limit.rules)


def test_only_off_has_no_rules():
    assert read_limit("off").is_off
    assert not read_limit("1000000/s").is_off


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("50/d", ((50_000_000, 86400),)),
        ("12.50/h,50/d", ((12_500_000, 3600), (50_000_000, 86400))),
        ("0.01/s,1000000/30d", ((10_000, 1), (10**12, 30 * 86400))),
        ("off", ()),
    ],
)
def test_a_limit_of_money_is_parsed_to_millionths(text, rules):
    assert read_money_limit(text) == Limit(rules)


@pytest.mark.parametrize("text", ["", "0/d", "0.009/d", "1000000.01/d", "-1/d", "1..5/d", "5,50/d", "50 EUR/d", "٣/d"])
def test_an_invalid_limit_of_money_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"12\.50/h,50/d"):
        read_money_limit(text)
