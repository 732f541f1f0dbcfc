"""Lines of a trace: what is read, and which sentence names what cannot be."""

import json

import pytest

from app.domain.trace import BadTraceLine, TracedOutcome, TracedRequest, TraceOutcome, read_trace_line

REQUEST = {
    "type": "request",
    "id": 1,
    "t": 0,
    "number": "+31612345678",
    "country": "NL",
    "address": "198.51.100.7",
    "app": "shop",
    "purpose": "login",
    "cost": 0.1,
}


def line(**changes):
    return json.dumps(REQUEST | changes).encode()


def with_value(name, text):
    """Return a line in which a value is replaced by this JSON, valid or not."""
    return line(**{name: "@"}).replace(b'"@"', text.encode())


NUMBER = "`number` must be a number in E.164 form, like +31612345678."
TIME = "`t` must be a number of seconds, 0 to 10,000,000,000."
COST = "`cost` must be what the SMS costs in the currency of the prices, 0 to 100,000."
MARK = "It begins with a byte order mark; save the trace as UTF-8 without one."
ID = "`id` must be a string or a number."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"{", "It is not JSON."),
        (line() + line(), "It is not JSON."),
        (b"# a comment", "It is not JSON."),
        (b'{"type": "request", "id": "\xe9"}', "It is not JSON."),
        (b"[" * 100_000, "It is not JSON."),
        (with_value("t", "NaN"), "It is not JSON."),
        (with_value("t", "1e400"), "It is not JSON."),
        (with_value("id", '"\\ud800"'), "It is not JSON."),
        (b"\xef\xbb\xbf" + line(), MARK),
        (line().decode().encode("utf-16"), MARK),
        (b"null", "It is not a JSON object."),
        (b'"request"', "It is not a JSON object."),
        (b"{}", "`type` must be `request` or `outcome`."),
        (line(type=["request"]), "`type` must be `request` or `outcome`."),
        (line(id=None), ID),
        (line(id=True), ID),
        (line(id=[1]), ID),
        (line(t=-1), TIME),
        (line(t="1"), TIME),
        (line(t=True), TIME),
        (line(t=1e308), TIME),
        (with_value("t", "9" * 20), TIME),
        (line(number="0612345678"), NUMBER),
        (line(number="+3161234567\N{FULLWIDTH DIGIT EIGHT}"), NUMBER),
        (line(number="+316\N{ARABIC-INDIC DIGIT ONE}2345678"), NUMBER),
        (line(number="+31612345678\n"), NUMBER),
        (line(number="+3"), NUMBER),
        (line(number=31612345678), NUMBER),
        (line(country=None), "`country` must be a country, like NL."),
        (line(country="nl"), "`country` must be a country, like NL."),
        (line(country="ZZ"), "`country`: ZZ is not the ISO 3166-1 code of a country with phone numbers."),
        (line(country="AQ"), "`country`: AQ is not the ISO 3166-1 code of a country with phone numbers."),
        (line(country="EU"), "`country`: EU is not the ISO 3166-1 code of a country with phone numbers."),
        (line(country="UK"), "`country`: UK is not a country code; use GB."),
        (line(address="198.51.100.7:80"), "`address` must be an IPv4 or IPv6 address."),
        (line(address="fe80::1%eth0"), "`address` must be an IPv4 or IPv6 address."),
        (line(address=""), "`address` must be an IPv4 or IPv6 address."),
        (line(address=1), "`address` must be an IPv4 or IPv6 address."),
        (line(app="a b"), "`app` must be the name of an app."),
        (line(app=None), "`app` must be the name of an app."),
        (line(purpose=3), "`purpose` must be a word, like login."),
        (line(cost="0.1"), COST),
        (line(cost=True), COST),
        (line(cost=-0.1), COST),
        (line(cost=100_001), COST),
        (line(key="public"), "`key` must be `publishable` or `secret`."),
        (line(key=["secret"]), "`key` must be `publishable` or `secret`."),
        (line(device=1), "`device` must be true or false."),
        (line(human="true"), "`human` must be true or false."),
        (line(id=2**64), "`id` has more digits than a number keeps. Write it as a string."),
        (line(resend=True), "`resend` must be a string or a number."),
        (line(resend=[1]), "`resend` must be a string or a number."),
        (
            b'{"type": "outcome", "id": 1, "t": 0, "outcome": ["passed"]}',
            "`outcome` must be one of passed, approved, wrong, delivered, undelivered.",
        ),
        (
            b'{"type": "outcome", "id": 1, "t": 0}',
            "`outcome` must be one of passed, approved, wrong, delivered, undelivered.",
        ),
        (b'{"type": "outcome", "t": 0, "outcome": "wrong"}', ID),
    ],
)
def test_a_line_that_cannot_be_read_has_a_sentence(text, sentence):
    with pytest.raises(BadTraceLine) as caught:
        read_trace_line(text)

    assert str(caught.value) == sentence


@pytest.mark.parametrize("name", ["address", "purpose", "cost"])
def test_fields_that_may_be_absent(name):
    fields = {field: value for field, value in REQUEST.items() if field != name}

    assert isinstance(read_trace_line(json.dumps(fields).encode()), TracedRequest)


@pytest.mark.parametrize("id", ["", "\0", "x" * 10_000, 0, -1, 1.5, 2**63])
def test_an_id_is_any_string_or_number(id):
    assert read_trace_line(line(id=id)).id == id


def test_time_stays_or_goes_on():
    assert read_trace_line(line(t=5), since=5).at == 5
    with pytest.raises(BadTraceLine, match="earlier"):
        read_trace_line(line(t=4.999), since=5)


def test_an_outcome_names_its_request():
    read = read_trace_line(b'{"type": "outcome", "id": "a", "t": 1.5, "outcome": "delivered"}\r\n')

    assert read == TracedOutcome("a", 1.5, TraceOutcome.DELIVERED)


def test_a_number_is_not_shown():
    assert "612345678" not in repr(read_trace_line(line()))
