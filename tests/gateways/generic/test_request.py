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
from app.http_client import HttpClientPool
from tests.support.fake_vendor import Answer, Vendor
from tests.support.gateway_contract import MESSAGE, REPORT_URL, make_wire

PATIENT = settings(deadline=None)  # the machine may be busy

NASTY = [
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
    return build_request(own, message_values(message, own, report_url=REPORT_URL))


@PATIENT
@given(text=st.text(min_size=1), sender=st.text(min_size=1), id=st.text(min_size=1))
def test_a_query_keeps_its_names_whatever_its_values_are(text, sender, id):
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
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
async def test_any_text_arrives_as_it_was(kind, text):
    """Over real HTTP: what the client writes is what counts."""
    message = replace(MESSAGE, text=text, sender=text)
    template = '{"to": "{to_e164}", "text": "{text}", "from": "{sender}"}'
    http_pool = HttpClientPool()
    async with Vendor(Answer(200, json={"id": "v-1"})) as vendor:
        own = make_settings(url=f"{vendor.url}/send", **{kind: template})
        await HttpGateway(own, make_wire(http_pool)).send(message)
        await http_pool.close()

    (got,) = vendor.requests
    said = {
        "query": lambda: dict(parse_qsl(urlsplit(got.target).query)),
        "form": lambda: dict(parse_qsl(got.body.decode())),
        "body": got.json,
    }[kind]()
    assert said == {"to": "+31612345678", "text": text, "from": text}
    assert "x-injected" not in got.headers
    assert got.path == "/send"


@pytest.mark.parametrize("sender", ["a\r\nX-Injected: yes", "Ácme", " Acme", "Acme\x00", "\udcff"])
def test_a_header_that_cannot_carry_a_sender_is_not_sent(sender):
    """Every phone would show something else, and a line break would be a header of its own."""
    with pytest.raises(Refused) as refused:
        request(
            replace(MESSAGE, sender=sender),
            headers='{"X-Sender": "{sender}"}',
            body='{"to": "{to}", "text": "{text}"}',
        )

    assert refused.value.reason is Reason.INVALID_SENDER


def test_a_text_with_half_a_letter_is_not_sent():
    with pytest.raises(Refused) as refused:
        request(replace(MESSAGE, text="482913 \udcff"), body='{"to": "{to}", "text": "{text}"}')

    assert refused.value.reason is Reason.CONTENT_REJECTED
    assert "482913" not in f"{refused.value} {refused.value.__cause__}"


@PATIENT
@given(text=st.text(min_size=1))
def test_a_text_goes_in_letters_or_in_hex(text):
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
def test_an_sms_ends_with_its_code(valid_for, minutes):
    sent = request(
        replace(MESSAGE, valid_for=valid_for),
        form='{"to": "{to}", "text": "{text}", "s": "{valid_for}", "m": "{valid_for_minutes}"}',
    ).form

    assert (sent["s"], sent["m"]) == (str(valid_for), minutes)


def test_registered_ids_go_where_they_are_wanted():
    sent = request(
        replace(MESSAGE, entity_id="1101", template_id="1107"),
        form='{"to": "{to}", "text": "{text}", "e": "{entity_id}", "t": "{template_id}"}',
    ).form

    assert (sent["e"], sent["t"]) == ("1101", "1107")


def test_the_apps_sender_goes_before_the_gateways():
    form = '{"to": "{to}", "text": "{text}", "from": "{sender}"}'

    assert request(MESSAGE, form=form, sender="12345").form["from"] == "12345"
    assert request(replace(MESSAGE, sender="Bank"), form=form, sender="12345").form["from"] == "Bank"
    assert "from" not in request(MESSAGE, form=form).form
