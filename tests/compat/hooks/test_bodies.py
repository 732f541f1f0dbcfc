"""Bodies of any kind are read or refused: no body of an authentic call is a bug."""

import copy
import json
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from app.compat.hooks.hook import hooks_of
from app.compat.hooks.messages import SAME_MESSAGE_S, read_document, read_message
from app.domain.errors import InvalidRequest, OtpError
from app.domain.ip_ranges import IpRanges
from app.domain.outgoing_message import MessageRequest
from app.settings.hook_presets import PRESETS
from tests.support import hooks
from tests.support.builders import make_settings
from tests.support.hooks import CODE, CUSTOM, NUMBER, SENDERS, call

ALL = pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)
HOOKS = hooks_of(make_settings(**hooks.settings()))
JSON = Headers({"content-type": "application/json"})
FORM = Headers({"content-type": "application/x-www-form-urlencoded; charset=utf-8"})
NOW = 1_790_000_000.0
NO_NETWORKS = IpRanges(())
VALUES = [
    None,
    True,
    0,
    -5,
    1.5,
    10**18,
    [],
    {},
    ["a"],
    {"a": {}},
    "",
    " ",
    "\0",
    "x",
    "+",
    "00",
    "é" * 5000,
    "1" * 99_999,
]
BYTES = [
    b"",
    b"null",
    b"[]",
    b"5",
    b'"x"',
    b"{",
    b"{}",
    b"\xef\xbb\xbf{}",
    b'{"to": "\\ud800"}',
    b"NaN",
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b" " * 1_000_000 + b"{}",
    b"9" * 100_000,
]


def read(hook, document, private=NO_NETWORKS):
    return read_message(hook, document, private=private, now=NOW, request_id="rq_1", traceparent="")


def changed_bodies(body):
    """Yield the body with each of its values removed, and replaced by each of the values."""
    for name in body:
        yield {other: value for other, value in body.items() if other != name}
        for value in VALUES:
            yield body | {name: value}
        if isinstance(body[name], dict):
            for inner in changed_bodies(body[name]):
                yield body | {name: inner}


@ALL
def test_a_changed_body_is_a_message_or_an_error(sender):
    hook, whole = HOOKS[sender.name], copy.deepcopy(sender.body)

    for body in changed_bodies(whole):
        try:
            message = read(hook, read_document(JSON, json.dumps(body).encode()))
        except OtpError:
            continue
        assert isinstance(message, MessageRequest)


_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=20)


@settings(deadline=None)  # the machine may be busy
@given(_LEAVES | st.lists(_LEAVES, max_size=3) | st.dictionaries(st.text(max_size=5), _LEAVES, max_size=3))
def test_any_value_in_any_place_is_a_message_or_an_error(value):
    for sender in SENDERS.values():
        for body in (value, *({**sender.body, name: value} for name in sender.body)):
            try:
                read(HOOKS[sender.name], body)
            except OtpError:
                continue


@ALL
async def test_what_is_no_body_of_the_sender_is_refused(service, sender):
    for body in BYTES:
        response = await call(service, sender, body)

        assert response.status_code < 500
        if sender.name not in {"supabase", "kratos", "authgear"}:
            assert response.status_code == 422
    if sender.name != "supabase":  # the library that signs as it does takes texts only
        assert (await call(service, sender, b"\xff\xfe")).status_code < 500
    for body in (b"", b"a=%ff&a", b"&" * 5000):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await call(service, sender, body, headers=form)).status_code < 500


@ALL
async def test_a_body_of_more_than_a_mebibyte_is_too_large(service, sender):
    padded = json.dumps(sender.body | {"more": "x" * 1_000_000}).encode()
    assert (await call(service, sender, padded)).status_code == 200

    response = await call(service, sender, padded + b" " * 100_000)
    assert (response.status_code, response.headers["content-type"]) == (413, "text/plain; charset=utf-8")


@ALL
async def test_values_that_fill_a_body_are_refused(service, sender):
    text = json.dumps(sender.body)
    for old, new in ((NUMBER[1:], "3" * 300_000), (CODE, "4" * 300_000), (CODE, "\u0664" * 50_000)):
        response = await call(service, sender, text.replace(old, new, 1).encode())

        assert response.status_code < 500


async def test_a_compressed_body_is_unsupported(service):
    response = await call(service, SENDERS["logto"], headers={"Content-Encoding": "gzip"})

    assert (response.status_code, response.text) == (415, "Send the body without a Content-Encoding.")


@pytest.mark.parametrize("name", PRESETS)
def test_a_body_may_have_more_fields_than_ours_and_one_of_them_twice(name):
    sender = SENDERS[name]
    many = json.dumps(sender.body | {f"x{n}": n for n in range(500)})
    twice = many.removesuffix("}") + f', "x1": {{}}, {json.dumps(sender.body)[1:]}'

    assert read(HOOKS[name], read_document(JSON, twice.encode()))


@pytest.mark.parametrize("number", ["31612345678", " +31 6 1234-5678 ", "+31612345678", 31612345678, "(31) 612345678"])
def test_a_number_may_lack_its_plus(number):
    body = SENDERS["logto"].body | {"to": number}

    (recipient,) = read(HOOKS["logto"], body).recipients
    assert recipient.startswith("+")
    assert "".join(filter(str.isdigit, recipient)) == "31612345678"


@pytest.mark.parametrize("code", ["042137", "042 137", "042-137", "٠٤٢١٣٧"])
def test_a_code_is_cleaned_as_ours_are(code):
    message = read(HOOKS["logto"], SENDERS["logto"].body | {"payload": {"code": code}})

    assert message.content.code == "042137"


@pytest.mark.parametrize("code", ["", "123", "12345678901", "AB12CD", 42137, None, "12.34"])
def test_what_is_no_code_is_refused(code):
    with pytest.raises(InvalidRequest, match="no code of 4 to 10 digits"):
        read(HOOKS["logto"], SENDERS["logto"].body | {"payload": {"code": code}})


def test_all_that_a_sender_names_is_in_the_message():
    message = read(HOOKS["supabase"], SENDERS["supabase"].body)

    assert message.recipients == [NUMBER]
    assert (message.purpose, message.ttl, message.call.app.name) == ("login", 300, "codes")
    assert message.call.address.prefixes == ("203.0.113.7",)
    assert message.subjects == (SENDERS["supabase"].body["user"]["id"],)
    assert message.call.is_backend
    assert message.call.idempotency.seconds == SAME_MESSAGE_S == 60


@pytest.mark.parametrize("address", ["", "x", "10.0.0.1", "10.0.0.1:5", None, 5])
def test_an_address_that_is_no_persons_is_left_out(address):
    """The sender cannot correct it, and a person waits for the code."""
    private = IpRanges((ip_network("10.0.0.0/8"),))

    assert read(HOOKS["logto"], SENDERS["logto"].body | {"ip": address}, private).call.address is None


def test_optional_values_that_are_not_valid_are_left_out():
    places = {name: f"/{name}" for name in ("locale", "reference", "subject", "purpose", "idempotency_key")}
    (hook,) = hooks_of(make_settings(**hooks.settings({"own": CUSTOM | places}))).values()
    required = {"number": NUMBER, "code": CODE}
    wrong = {"locale": "n l", "reference": "a\nb", "subject": "x" * 129, "purpose": "Log in", "idempotency_key": "\x7f"}
    right = {"locale": "nl-NL", "reference": "r-1", "subject": "u-1", "purpose": "payment", "idempotency_key": "k-1"}

    message = read(hook, required | wrong)
    assert (message.languages, message.reference, message.subjects, message.purpose) == ((), None, (), "login")
    assert message.call.idempotency.seconds == 60
    message = read(hook, required | right)
    assert (message.languages, message.reference) == (("nl-NL",), "r-1")
    assert (message.subjects, message.purpose) == (("u-1",), "payment")


def test_the_id_of_a_call_is_its_idempotency_key():
    """With one, a repetition is known for a day, and another body with the same id is a mistake."""
    (hook,) = hooks_of(make_settings(**hooks.settings({"own": CUSTOM | {"idempotency_key": "/id"}}))).values()
    body = {"number": NUMBER, "code": CODE, "id": "k-1"}

    first, other = (read(hook, body | {"code": code}).call.idempotency for code in (CODE, "735519"))

    assert (first.seconds, first.scope) == (None, other.scope)
    assert first.body != other.body


def test_the_scope_of_a_repetition_is_that_of_hook_number_and_content():
    bodies = [SENDERS["logto"].body | change for change in ({}, {"ip": "203.0.113.8"}, {"to": "31612345670"})]
    same, still_same, other = (read(HOOKS["logto"], body).call.idempotency.scope for body in bodies)

    assert same == still_same
    assert len({same, other, read(HOOKS["authentik"], SENDERS["authentik"].body).call.idempotency.scope}) == 3


def test_a_form_is_read_by_the_names_of_its_fields():
    document = read_document(FORM, b"to=%2B31612345678&text=042137+is+your+code&text=2")

    assert document == {"to": "+31612345678", "text": "2"}
    for body in (b"a=\xff", b"&a=" * 201):
        with pytest.raises(InvalidRequest):
            read_document(FORM, body)
