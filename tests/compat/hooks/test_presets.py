"""Each preset: the sender's own body, signed as it signs, becomes an SMS, once."""


import pytest

from app.settings.hook_presets import PRESETS
from tests.support.hooks import CODE, NUMBER, SENDERS, call
from tests.support.waiting import until

ALL = pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)


def test_every_preset_has_an_example():
    assert set(SENDERS) == set(PRESETS)


@ALL
async def test_the_sms_has_our_text_with_a_code_or_the_text_of_the_sender(service, inbox, sender):
    response = await call(service, sender)

    assert (response.status_code, response.content) == (200, b"{}")
    assert response.headers["content-type"] == "application/json"
    await until(lambda: inbox.texts_to(NUMBER))
    (text,) = inbox.texts_to(NUMBER)
    if sender.text is None:
        assert CODE in text
        assert text not in str(sender.body)
    else:
        assert text == sender.text
