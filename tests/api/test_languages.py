"""Which language the SMS of a request is in, as its callers say it."""

from tests.support.api_calls import ask, pointers
from tests.support.callers import Inbox
from tests.support.fake_vendor import Answer, Vendor

CASES = [  # `locale` of the request, its Accept-Language, words of the SMS
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
]


async def test_the_sms_is_in_the_first_language_that_there_is_a_text_in(run_service, subtests):
    """The request's word goes before the browser's, and both before the country's."""
    async with (
        Vendor(Answer(201, json={"id": "v-1"})) as vendor,
        run_service(workers=True, gateways__inbox__url=vendor.url) as service,
    ):
        inbox = Inbox(vendor)
        for place, (locale, header, text) in enumerate(CASES):
            with subtests.test(f"{locale!r} {header!r}"):
                number = f"+316876543{place:02}"
                body = {"phone_number": number} | ({"locale": locale} if locale else {})
                headers = {} if header is None else {"Accept-Language": header.encode("latin-1")}
                assert (await service.client.post("/v1/request-code", json=body, headers=headers)).status_code == 202
                await inbox.code_to(number)

                assert text in inbox.texts_to(number)[0]


async def test_a_locale_that_is_none_is_refused(client, subtests):
    for locale in ["", "n", "dutch language", "nl\n", "x" * 40, 31]:
        with subtests.test(repr(locale)):
            assert pointers(await ask(client, locale=locale)) == ["/locale"]
