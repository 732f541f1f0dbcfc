"""`read_json`: the values it accepts, and the error detail of what it refuses."""

import pytest

from app.domain.errors import InvalidRequest
from app.http.json_body import read_json

VALID = {
    b'{"a": "b"}': {"a": "b"},
    b' {"a": [1, 2.5, true, null]} ': {"a": [1, 2.5, True, None]},
    b'\xef\xbb\xbf{"a": 1}': {"a": 1},
    b'{"a": {"a": 1}}': {"a": {"a": 1}},
    b'{"a": "\\u00e9\\ud83d\\ude00"}': {"a": "é😀"},
    b'"text"': "text",
    b"null": None,
}
INVALID = {
    b"": "This is not JSON.",
    b"{": "This is not JSON.",
    b"{'a': 1}": "This is not JSON.",
    b'{"a": 1} x': "This is not JSON.",
    b'{"a": "\n"}': "This is not JSON.",
    b'{"a": 1, "a": 2}': 'The field "a" appears twice in one object.',
    b'{"a": 1, "\\u0061": 1}': 'The field "a" appears twice in one object.',
    b'{"a": {"\\ud800": 1, "\\ud800": 1}}': 'The field "\\ud800" appears twice in one object.',
    b'{"a": NaN}': "NaN is not JSON.",
    b'{"a": -Infinity}': "-Infinity is not JSON.",
    b'{"a": ' + b"9" * 5000 + b"}": "A number in the body has too many digits.",
    b"[" * 100_000: "The body is nested too deep.",
    b'{"a":' * 100_000: "The body is nested too deep.",
    '{"a": 1}'.encode("utf-16"): "The body is not UTF-8.",
    '{"a": 1}'.encode(
        "utf-32-be"
    ): "This is not JSON.",  # each character is three NULs and itself, which is valid UTF-8
    b'{"a": "caf\xe9"}': "The body is not UTF-8.",
    b'{"a": "\xed\xa0\x80"}': "The body is not UTF-8.",
}


@pytest.mark.parametrize("raw", VALID)
def test_valid_json_is_parsed(raw):
    assert read_json(raw) == VALID[raw]


@pytest.mark.parametrize("raw", INVALID, ids=lambda raw: repr(raw[:20]))
def test_invalid_json_is_refused_with_its_reason(raw):
    with pytest.raises(InvalidRequest) as error:
        read_json(raw)

    assert error.value.public()["errors"] == [{"pointer": "", "detail": INVALID[raw]}]
