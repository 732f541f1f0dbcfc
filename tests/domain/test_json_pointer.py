"""JSON Pointers: the examples of RFC 6901, and what is no pointer."""

import pytest

from app.domain.json_pointer import check_pointer, find

DOCUMENT = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "k'l": 6, " ": 7, "m~n": 8, "~1": 9, "x": {"y": None}}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/k'l", 6),
        ("/ ", 7),
        ("/m~0n", 8),
        ("/~01", 9),
    ],
)
def test_a_pointer_finds_its_value(pointer, value):
    assert find(check_pointer(pointer), DOCUMENT) == value


@pytest.mark.parametrize(
    "pointer", ["/foo/2", "/foo/-", "/foo/00", "/foo/bar", "/x/y/z", "/none", "/foo/0/1", "/foo/²"]
)
def test_a_place_without_a_value_has_none(pointer):
    assert find(check_pointer(pointer), DOCUMENT) is None
    assert find(pointer, None) is None


@pytest.mark.parametrize("text", ["", "foo", "/a~", "/a~2", "$.foo", "#/foo", "/" * 201])
def test_what_is_no_pointer_is_refused(text):
    with pytest.raises(ValueError, match="write a JSON Pointer"):
        check_pointer(text)
