"""`traceparent`: which headers are read, and what a further call carries."""

import pytest

from app.domain.traceparent import next_traceparent, read_traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADER = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (HEADER, HEADER),
        (f" {HEADER} ", HEADER),
        (HEADER.replace("-01", "-00"), HEADER.replace("-01", "-00")),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-what-the-future-adds", HEADER),
        (f"cc-{TRACE}-00f067aa0ba902b7-01", HEADER),
    ],
)
def test_a_valid_header_is_read(header, expected):
    assert read_traceparent(header) == expected


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7-01-more",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7",
        f"00-{TRACE}-00f067aa0ba902b7-01\n{HEADER}",
        "00-31612345678-042137-01",
    ],
)
def test_any_other_header_is_ignored(header):
    """It would otherwise bring any text into the log."""
    assert read_traceparent(header) == ""


def test_a_further_call_has_the_same_trace_and_flags_and_a_new_span():
    assert next_traceparent(HEADER, lambda length: bytes([7]) * length) == f"00-{TRACE}-{'07' * 8}-01"
