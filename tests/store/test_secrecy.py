"""A dump of Redis reveals no code, phone number, SMS text or key."""

from base64 import b64encode, urlsafe_b64encode

import pytest
from pydantic import SecretStr

from app.settings.parsers import decode_secret
from app.settings.service import SAMPLE_NAME_SECRET, SAMPLE_SECRETS
from tests.support.builders import OTHER_PHONE, PHONE
from tests.support.event_receiver import event_apps
from tests.support.redis_dump import read_value
from tests.support.scenario import BLOCKED_PHONE, run_full_scenario
from tests.support.secrets import derive_key

APPS = event_apps("http://127.0.0.1:1/events", whole_number=True)
PURPOSES = (b"code", b"digest", b"name", b"pairwise", b"device", b"webhook")
SECRETS = [decode_secret(SecretStr(text)) for text in (SAMPLE_NAME_SECRET, SAMPLE_SECRETS.partition(":")[2])]


async def dump(redis, prefix):
    """Return every key and value: the content of an RDB file, without its compression."""
    stored = b""
    async for key in redis.scan_iter(f"{prefix}:*"):
        stored += key + b" " + await read_value(redis, key) + b"\n"
    return stored


def encodings(secret):
    """Return a key as raw bytes, hex and base64."""
    return [secret, secret.hex().encode(), b64encode(secret).rstrip(b"="), urlsafe_b64encode(secret).rstrip(b"=")]


@pytest.mark.parametrize("resend_code", ["same", "new"])
async def test_store_contains_no_code_number_text_or_key(make_container, clock, redis, key, resend_code):
    async with make_container(resend_code=resend_code, code_length=10, apps=APPS) as container:
        fake_gateway = await run_full_scenario(container, clock)
        stored = await dump(redis, key())

    assert len(fake_gateway.codes) == 4, "ten digits each, so that no time or count equals one by chance"
    assert b"cart-77" in stored, "the dump shows values that are stored in the clear"
    hidden = [code.encode() for code in fake_gateway.codes]
    hidden += [message.text.encode()[7:40] for message in fake_gateway.sent]
    for number in (PHONE, OTHER_PHONE, BLOCKED_PHONE):
        hidden += [number[3:].encode(), *encodings(number.encode())]
    for secret in SECRETS:
        keys = [secret, *(derive_key(secret, purpose) for purpose in PURPOSES)]
        hidden += [encoding for key in keys for encoding in encodings(key)]
    assert not [one for one in hidden if one in stored]
