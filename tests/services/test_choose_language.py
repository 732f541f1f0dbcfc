"""The language of an SMS, and the reference in its text."""

import json

import pytest

from app.domain.errors import InvalidRequest
from app.domain.jobs import SendJob
from tests.support.actions import resend, start_verification
from tests.support.builders import PHONE
from tests.support.fake_gateways import FakeGateway, deliver_job

GERMAN, BELGIAN = "+4915112345678", "+32470123456"
TEXTS = json.dumps(
    {
        "login": {"nl": "{code} nl", "de": "{code} de", "pt-BR": "{code} br", "en": "{code} en"},
        "order": {"*": "{code} for {reference}"},
    }
)


async def text_of(container, number=PHONE, **more):
    """Request a code, and return the first line of its SMS without the code."""
    return await text_of_send(container, (await start_verification(container, number, **more)).id, 1)


async def text_of_send(container, id, send):
    fake_gateway = FakeGateway()
    await deliver_job(container, fake_gateway, SendJob(id, send))
    return fake_gateway.sent[0].text.partition("\n")[0].partition(" ")[2]


@pytest.mark.parametrize(
    ("number", "languages", "text"),
    [
        (PHONE, [], "nl"),
        (GERMAN, [], "de"),
        (BELGIAN, [], "en"),  # it has three languages, and a wrong one is worse than English
        (PHONE, ["de"], "de"),
        (PHONE, ["de-AT", "nl"], "de"),
        (PHONE, ["pt-br"], "br"),
        (PHONE, ["xx", "de"], "de"),
        (PHONE, ["xx"], "nl"),
        (GERMAN, ["en"], "en"),
    ],
)
async def test_the_sms_uses_a_requested_language_or_the_countrys(make_container, number, languages, text):
    """A requested language, or the one that nearly everybody reads in the number's country, or English."""
    async with make_container(texts=TEXTS) as container:
        assert await text_of(container, number, languages=languages) == text


async def test_a_resend_keeps_the_requested_language(make_container, clock):
    async with make_container(texts=TEXTS) as container:
        id = (await start_verification(container, languages=["de"])).id
        clock.tick(seconds=30)
        await resend(container, id)

        assert await text_of_send(container, id, 2) == "de"


@pytest.mark.parametrize(("languages", "stored"), [(["nl"], None), ([], None), (["xx"], None), (["de"], b"de")])
async def test_only_a_language_other_than_the_countrys_is_stored(container, redis, key, languages, stored):
    """A record omits what its country implies, so that it stays small."""
    verification = await start_verification(container, languages=languages)

    assert await redis.hget(key("verification", verification.id), "locale") == stored


async def test_the_sms_shows_the_reference_where_its_text_includes_it(make_container):
    async with make_container(texts=TEXTS) as container:
        assert await text_of(container, purpose="order", reference="cart-77") == "for cart-77"


UNSAFE_REFERENCES = [
    None,
    "",
    "win money http://evil.example",
    "bit.ly/3xYz",
    "654321",
    "a" * 21,
    "-x",
    "x\n@evil #1",
    "\u202ex",
]


async def test_an_unsafe_reference_is_refused_where_the_sms_shows_it(make_container, subtests):
    """It is refused before any limit is spent; purposes that do not show it accept any reference."""
    async with make_container(texts=TEXTS, limit_sends_per_number="off") as container:
        for accepted, reference in enumerate(UNSAFE_REFERENCES):
            with subtests.test(repr(reference)):
                with pytest.raises(InvalidRequest) as refused:
                    await start_verification(container, purpose="order", reference=reference)

                assert refused.value.errors[0]["pointer"] == "/reference"
                assert (await container.health.snapshot()).waiting == accepted, "only the accepted requests are queued"
                assert await start_verification(container, purpose="login", reference=reference)
