"""Requests that the generic gateway builds from templates."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.gateway import Refused
from app.domain.gsm7 import fits_gsm7
from app.domain.status import Reason
from app.gateways.generic.gateway import HttpGateway
from app.gateways.generic.request import build_request, message_values
from app.gateways.generic.settings import HttpSettings
from app.http_client.pool import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, REPORT_URL, make_gateway_client
from tests.support.report_contract import NOW

NO_DEADLINE = settings(deadline=None)  # the machine may be slow

HOSTILE_TEXTS = [
    'a"b\\c\n{"to": "+1"}',
    "x&to=+1&a[]=b%26%2B#;?/..",
    "{to} {{text}} {secret} %d %(x)s ${x}",
    "\r\nX-Injected: yes\r\n\r\n",
    "Ваш код: 482913 🙂 \u202e\u2028\x00\x7f",
    " leading and trailing ",
    "../../..;@evil.example/",
]


def make_settings(**given):
    base = {"url": "https://api.example/send?v=1", "id_at": "id"}
    return HttpSettings.model_validate(base | given)


def request(message, **given):
    own = make_settings(**given)
    return build_request(own, message_values(message, own, report_url=REPORT_URL, now=NOW))


@NO_DEADLINE
@given(text=st.text(min_size=1), sender=st.text(min_size=1), id=st.text(min_size=1))
def test_values_cannot_change_the_fields_of_a_query(text, sender, id):
    sent = request(
        replace(MESSAGE, text=text, sender=sender, id=id),
        query='{"to": "{to}", "text": "{text}", "from": "{sender}", "url": "{report_url}?message={id}"}',
    )

    url = urlsplit(sent.url)
    assert (url.scheme, url.netloc, url.path, url.fragment) == ("https", "api.example", "/send", "")
    assert parse_qsl(url.query) == [
        ("v", "1"),
        ("to", "31612345678"),
        ("text", text),
        ("from", sender),
        ("url", f"{REPORT_URL}?message={id}"),
    ]


@pytest.mark.parametrize("kind", ["query", "form", "body"])
@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
async def test_any_text_arrives_unchanged(kind, text):
    """Over real HTTP, because the client's encoding matters."""
    message = replace(MESSAGE, text=text, sender=text)
    template = '{"to": "{to_e164}", "text": "{text}", "from": "{sender}"}'
    http_pool = HttpClientPool()
    async with Vendor(Answer(200, json={"id": "v-1"})) as vendor:
        own = make_settings(url=f"{vendor.url}/send", **{kind: template})
        await HttpGateway(own, make_gateway_client(http_pool)).send(message)
        await http_pool.close()

    (request_received,) = vendor.requests
    received = {
        "query": lambda: dict(parse_qsl(urlsplit(request_received.target).query)),
        "form": lambda: dict(parse_qsl(request_received.body.decode())),
        "body": request_received.json,
    }[kind]()
    assert received == {"to": "+31612345678", "text": text, "from": text}
    assert "x-injected" not in request_received.headers
    assert request_received.path == "/send"


@pytest.mark.parametrize("sender", ["a\r\nX-Injected: yes", "Ácme", " Acme", "Acme\x00", "\udcff"])
def test_a_sender_that_a_header_cannot_carry_is_refused(sender):
    """Phones would show a different sender, and a line break would start a new header."""
    with pytest.raises(Refused) as refused:
        request(
            replace(MESSAGE, sender=sender),
            headers='{"X-Sender": "{sender}"}',
            body='{"to": "{to}", "text": "{text}"}',
        )

    assert refused.value.reason is Reason.INVALID_SENDER


def test_a_text_with_a_lone_surrogate_is_refused():
    with pytest.raises(Refused) as refused:
        request(replace(MESSAGE, text="482913 \udcff"), body='{"to": "{to}", "text": "{text}"}')

    assert refused.value.reason is Reason.CONTENT_REJECTED
    assert "482913" not in f"{refused.value} {refused.value.__cause__}"


@NO_DEADLINE
@given(text=st.text(min_size=1))
def test_a_text_fills_either_gsm_text_or_unicode_hex(text):
    sent = request(
        replace(MESSAGE, text=text),
        form='{"to": "{to}", "gsm": "{gsm_text}", "hex": "{unicode_hex}", "all": "{text_hex}", "c": "{unicode:0|8}"}',
    ).form

    assert bytes.fromhex(sent["all"]).decode("utf-16-be") == text
    if fits_gsm7(text):
        assert (sent.get("gsm"), sent.get("hex"), sent["c"]) == (text, None, "0")
    else:
        assert (sent.get("gsm"), sent.get("hex"), sent["c"]) == (None, sent["all"], "8")


@pytest.mark.parametrize(("valid_for", "minutes"), [(300, "5"), (119, "1"), (59, "1"), (600, "10")])
def test_the_validity_is_rounded_down_to_minutes(valid_for, minutes):
    sent = request(
        replace(MESSAGE, valid_for=valid_for),
        form='{"to": "{to}", "text": "{text}", "s": "{valid_for}", "m": "{valid_for_minutes}"}',
    ).form

    assert (sent["s"], sent["m"]) == (str(valid_for), minutes)


def test_the_expiry_is_a_moment_in_rfc_3339_and_in_seconds():
    sent = request(
        replace(MESSAGE, valid_for=300),
        body='{"to": "{to}", "text": "{text}", "at": "{expires_at}", "unix": "{expires_at_unix:number}"}',
    ).body

    assert (sent["at"], sent["unix"]) == ("2026-09-21T14:18:20Z", 1_790_000_300)


@pytest.mark.parametrize(("code", "sent"), [("042137", {"otp": "042137"}), ("", {})], ids=["code", "none"])
def test_a_code_is_text_and_its_field_is_left_out_without_one(code, sent):
    message = replace(MESSAGE, code=code)

    assert request(message, query='{"to": "{to}", "text": "{text}"}', body='{"otp": "{code}"}').body == sent


def test_registered_ids_fill_their_placeholders():
    sent = request(
        replace(MESSAGE, entity_id="1101", template_id="1107"),
        form='{"to": "{to}", "text": "{text}", "e": "{entity_id}", "t": "{template_id}"}',
    ).form

    assert (sent["e"], sent["t"]) == ("1101", "1107")


def test_the_messages_sender_overrides_the_gateways():
    form = '{"to": "{to}", "text": "{text}", "from": "{sender}"}'

    assert request(MESSAGE, form=form, sender="12345").form["from"] == "12345"
    assert request(replace(MESSAGE, sender="Bank"), form=form, sender="12345").form["from"] == "Bank"
    assert "from" not in request(MESSAGE, form=form).form
