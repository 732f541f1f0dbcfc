"""In which language a person is written to."""

import json

import pytest

from app.domain.errors import InvalidRequest
from app.domain.jobs import SendJob
from tests.support.actions import ask, ask_again
from tests.support.builders import PHONE
from tests.support.fake_gateways import Carrier, carry

GERMAN, BELGIAN = "+4915112345678", "+32470123456"
TEXTS = json.dumps(
    {
        "login": {"nl": "{code} nl", "de": "{code} de", "pt-BR": "{code} br", "en": "{code} en"},
        "order": {"*": "{code} for {reference}"},
    }
)


async def text_of(container, number=PHONE, **more):
    """Ask for a code, and give the first line of the SMS that goes out, without the code."""
    return await text_of_send(container, (await ask(container, number, **more)).id, 1)


async def text_of_send(container, id, send):
    carrier = Carrier()
    await carry(container, carrier, SendJob(id, send))
    return carrier.sent[0].text.partition("\n")[0].partition(" ")[2]


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
async def test_the_person_is_written_to_in_a_language_that_is_read_there(make_container, number, languages, text):
    """What was asked for, or what nearly everybody reads in the number's country, or English."""
    async with make_container(texts=TEXTS) as container:
        assert await text_of(container, number, languages=languages) == text


async def test_a_resend_speaks_the_language_that_was_asked_for(make_container, clock):
    async with make_container(texts=TEXTS) as container:
        id = (await ask(container, languages=["de"])).id
        clock.tick(seconds=30)
        await ask_again(container, id)

        assert await text_of_send(container, id, 2) == "de"


@pytest.mark.parametrize(("languages", "kept"), [(["nl"], None), ([], None), (["xx"], None), (["de"], b"de")])
async def test_only_a_language_that_the_country_does_not_say_is_kept(container, redis, key, languages, kept):
    """A record is small because it keeps nothing twice."""
    standing = await ask(container, languages=languages)

    assert await redis.hget(key("verification", standing.id), "locale") == kept


async def test_a_reference_stands_in_the_sms_where_its_text_shows_it(make_container):
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


async def test_a_reference_that_could_not_stand_in_an_sms_is_refused_where_it_would(make_container, subtests):
    """Before anything is spent; for other purposes it is whatever the caller likes."""
    async with make_container(texts=TEXTS, limit_sends_per_number="off") as container:
        for place, reference in enumerate(UNSAFE_REFERENCES):
            with subtests.test(repr(reference)):
                with pytest.raises(InvalidRequest) as refused:
                    await ask(container, purpose="order", reference=reference)

                assert refused.value.errors[0]["pointer"] == "/reference"
                assert (await container.health.snapshot()).waiting == place, "only what was taken before waits"
                assert await ask(container, purpose="login", reference=reference)
