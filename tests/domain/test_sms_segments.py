"""The number of SMS segments of a text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.gsm7 import EXTENSION, fits_gsm7
from app.domain.sms_segments import Encoding, measure

GSM7_CHARACTERS = [chr(code) for code in range(0x3A9 + 0x2000) if fits_gsm7(chr(code))]
ESCAPE = "\x1b"


def count_by_splitting(text):
    """Count independently: list the units, split them at the limit, and move back from the middle of a pair."""
    if fits_gsm7(text):
        units = [unit for char in text for unit in ([ESCAPE, char] if char in EXTENSION else [char])]
        single, in_segment, first_of_pair = 160, 153, lambda unit: unit == ESCAPE
    else:
        raw = text.encode("utf-16-be", "surrogatepass")
        units = [raw[i : i + 2] for i in range(0, len(raw), 2)]
        single, in_segment, first_of_pair = 70, 67, lambda unit: 0xD8 <= unit[0] <= 0xDB
    if len(units) <= single:
        return len(units), 1
    start, segments = 0, 0
    while start < len(units):
        end = start + in_segment
        if end < len(units) and first_of_pair(units[end - 1]):
            end -= 1
        start, segments = end, segments + 1
    return len(units), segments


@pytest.mark.parametrize(
    ("char", "count", "segments"),
    [
        ("a", 0, 1),
        ("a", 160, 1),
        ("a", 161, 2),
        ("a", 306, 2),
        ("a", 307, 3),
        ("€", 80, 1),
        ("€", 81, 2),
        ("ж", 70, 1),
        ("ж", 71, 2),
        ("ж", 134, 2),
        ("ж", 135, 3),
        ("\U0001f511", 35, 1),
        ("\U0001f511", 36, 2),
    ],
    ids=ascii,
)
def test_segments_follow_the_standard(char, count, segments):
    assert measure(char * count).segments == segments


def test_escape_pair_is_not_split():
    """306 septets fill two segments, unless the euro sign would span both."""
    assert measure("a" * 152 + "€" + "a" * 152).segments == 3
    assert measure("a" * 151 + "€" + "a" * 153).segments == 2


def test_emoji_is_not_split():
    assert measure("ж" * 66 + "\U0001f511" + "ж" * 66).segments == 3
    assert measure("ж" * 65 + "\U0001f511" + "ж" * 67).segments == 2


@given(st.text(st.sampled_from(GSM7_CHARACTERS + ["€", "^", "[", "|"] * 20), max_size=500))
@example("a" * 152 + "€" * 77)
def test_gsm7_text_has_as_many_segments_as_splitting_it(text):
    size = measure(text)

    assert size.encoding is Encoding.GSM7
    assert (size.units, size.segments) == count_by_splitting(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.sampled_from("жя中\U0001f511"))
def test_ucs2_text_has_as_many_segments_as_splitting_it(text, char):
    size = measure(text + char)

    assert size.encoding is Encoding.UCS2
    assert (size.units, size.segments) == count_by_splitting(text + char)


def test_size_prints_segments_and_encoding():
    assert str(measure("ж" * 71)) == "2 SMS in UCS-2"
