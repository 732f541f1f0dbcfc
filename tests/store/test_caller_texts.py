"""Texts that callers wrote: encrypted, bound to their verification, and gone with it."""

from app.domain.jobs import SendJob
from app.services.admin import forget_number
from app.store.caller_texts import CallerTexts
from tests.support.actions import read_verification, start_verification
from tests.support.builders import PHONE

TEXT = "{code} opens the door.\n@{host} #{code} {hash}"


async def test_a_text_is_read_by_its_own_verification_only(container, redis, key):
    texts = CallerTexts(container.store)
    await texts.save(TEXT, app="dev", id="vf_1", lifetime=300)
    await redis.copy(key("text", "vf_1"), key("text", "vf_2"))

    assert b"opens" not in await redis.get(key("text", "vf_1"))
    assert await texts.read(app="dev", id="vf_1") == TEXT
    assert await texts.read(app="dev", id="vf_2") is None
    assert await texts.read(app="bank", id="vf_1") is None
    assert await texts.read(app="dev", id="vf_3") is None


async def test_a_text_expires_with_its_code(container, redis, key):
    verification = await start_verification(container, text=TEXT)

    assert 290_000 < await redis.pttl(key("text", verification.id)) <= 300_000


async def test_the_send_has_the_text(container):
    verification = await start_verification(container, text=TEXT)
    other = await start_verification(container)

    assert (await container.messages.read_send(SendJob(verification.id, 1))).text == TEXT
    assert (await container.messages.read_send(SendJob(other.id, 1))).text == ""


async def test_forgetting_the_number_erases_the_text(container, redis, key):
    verification = await start_verification(container, text=TEXT)
    assert await read_verification(container, verification.id)

    await forget_number(
        PHONE, apps=list(container.apps), encryption=container.store.encryption, numbers=container.numbers
    )

    assert not await redis.exists(key("text", verification.id))
