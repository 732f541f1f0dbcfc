"""The language of the SMS: `locale`, then `Accept-Language`, then the country."""

from tests.support.api_calls import error_pointers, post_request_code
from tests.support.callers import Inbox
from tests.support.fake_vendor import Answer, Vendor

CASES = [  # `locale`, Accept-Language, part of the SMS text
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


async def test_sms_uses_the_first_language_with_a_text(run_service, subtests):
    """`locale` takes precedence over `Accept-Language`, and both over the country."""
    async with (
        Vendor(Answer(201, json={"id": "v-1"})) as vendor,
        run_service(workers=True, gateways__inbox__url=vendor.url) as service,
    ):
        inbox = Inbox(vendor)
        for index, (locale, header, text) in enumerate(CASES):
            with subtests.test(f"{locale!r} {header!r}"):
                number = f"+316876543{index:02}"
                body = {"phone_number": number} | ({"locale": locale} if locale else {})
                headers = {} if header is None else {"Accept-Language": header.encode("latin-1")}
                assert (await service.client.post("/v1/request-code", json=body, headers=headers)).status_code == 202
                await inbox.code_to(number)

                assert text in inbox.texts_to(number)[0]


async def test_invalid_locale_is_refused(client, subtests):
    for locale in ["", "n", "dutch language", "nl\n", "x" * 40, 31]:
        with subtests.test(repr(locale)):
            assert error_pointers(await post_request_code(client, locale=locale)) == ["/locale"]
