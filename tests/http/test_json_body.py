"""What `read_json` takes and what it refuses, with which sentence."""

import pytest

from app.domain.errors import InvalidRequest
from app.http.json_body import read_json

TAKEN = {
    b'{"a": "b"}': {"a": "b"},
    b' {"a": [1, 2.5, true, null]} ': {"a": [1, 2.5, True, None]},
    b'\xef\xbb\xbf{"a": 1}': {"a": 1},
    b'{"a": {"a": 1}}': {"a": {"a": 1}},
    b'{"a": "\\u00e9\\ud83d\\ude00"}': {"a": "é😀"},
    b'"text"': "text",
    b"null": None,
}
REFUSED = {
    b"": "This is not JSON.",
    b"{": "This is not JSON.",
    b"{'a': 1}": "This is not JSON.",
    b'{"a": 1} x': "This is not JSON.",
    b'{"a": "\n"}': "This is not JSON.",
    b'{"a": 1, "a": 2}': 'The field "a" stands twice in one object.',
    b'{"a": 1, "\\u0061": 1}': 'The field "a" stands twice in one object.',
    b'{"a": {"\\ud800": 1, "\\ud800": 1}}': 'The field "\\ud800" stands twice in one object.',
    b'{"a": NaN}': "NaN is not JSON.",
    b'{"a": -Infinity}': "-Infinity is not JSON.",
    b'{"a": ' + b"9" * 5000 + b"}": "A number in the body has too many digits.",
    b"[" * 100_000: "The body is nested too deep.",
    b'{"a":' * 100_000: "The body is nested too deep.",
    '{"a": 1}'.encode("utf-16"): "The body is not UTF-8.",
    '{"a": 1}'.encode("utf-32-be"): "This is not JSON.",  # each letter is three NULs and itself, which is UTF-8
    b'{"a": "caf\xe9"}': "The body is not UTF-8.",
    b'{"a": "\xed\xa0\x80"}': "The body is not UTF-8.",
}


@pytest.mark.parametrize("raw", TAKEN)
def test_json_is_read_as_its_value(raw):
    assert read_json(raw) == TAKEN[raw]


@pytest.mark.parametrize("raw", REFUSED, ids=lambda raw: repr(raw[:20]))
def test_what_is_no_json_of_ours_is_refused_with_one_sentence_that_says_why(raw):
    with pytest.raises(InvalidRequest) as refusal:
        read_json(raw)

    assert refusal.value.public()["errors"] == [{"pointer": "", "detail": REFUSED[raw]}]
