"""Which language the SMS of a request is in, as its callers say it."""

import pytest

from tests.support.browsers import Inbox
from tests.support.calls import ask
from tests.support.makers import OTHER_PHONE
from tests.support.vendor import Answer, Vendor


@pytest.mark.parametrize(
    ("locale", "header", "text"),
    [
        (None, None, "is uw code."),
        (None, "", "is uw code."),
        (None, "*", "is uw code."),
        (None, "de-AT,de;q=0.9,en;q=0.5", "ist Ihr Code."),
        (None, "en;q=0.5,de;q=0.9", "ist Ihr Code."),
        (None, "xx,de;q=0", "is uw code."),
        ("de", "fr", "ist Ihr Code."),
        ("de_CH", None, "ist Ihr Code."),
        ("zh-TW", None, "驗證碼"),
        ("de-DE-u-hc-h12", None, "ist Ihr Code."),
        ("xx", "fr", "est votre code."),
        (None, "\xff;;q=,de", "ist Ihr Code."),
    ],
)
async def test_the_sms_is_in_the_first_language_that_there_is_a_text_in(make_house, locale, header, text):
    """The request's word goes before the browser's, and both before the country's."""
    headers = {} if header is None else {"Accept-Language": header.encode("latin-1")}
    async with (
        Vendor(Answer(201, json={"id": "v-1"})) as vendor,
        make_house(workers=True, gateways__phone__url=vendor.url) as house,
    ):
        house.client.headers.update(headers)
        inbox = Inbox(vendor)
        assert (await ask(house.client, OTHER_PHONE, **({"locale": locale} if locale else {}))).status_code == 202
        await inbox.code_to(OTHER_PHONE)

        assert text in inbox.texts_to(OTHER_PHONE)[0]


@pytest.mark.parametrize("locale", ["", "n", "dutch language", "nl\n", "x" * 40, 31])
async def test_a_locale_that_is_none_is_refused(service, locale):
    answer = await ask(service, locale=locale)

    assert answer.status_code == 422
    assert [mistake["pointer"] for mistake in answer.json()["errors"]] == ["/locale"]
