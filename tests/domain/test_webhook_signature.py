"""Signatures of events, compared with the reference library and with the specification's rules."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from app.domain.keyring import Keyring
from app.domain.webhook_signature import endpoint_keys, signature_header, write_key
from tests.support.secrets import derive_key

OLD, NEW, NAMES = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
ID, BODY = "ev_k6wygVOGBRsFRQhuX6ihPQ", b'{"type":"verification.approved"}'
URL = "https://shop.example.com/otp-events"
AT = 1_795_000_000


@pytest.fixture
def keyring():
    return Keyring([("new", NEW), ("old", OLD)], NAMES)


def keys_of(keyring, *, app="shop", url=URL):
    return list(endpoint_keys(keyring, app=app, url=url).values())


def test_a_signature_is_that_of_the_reference_library(keyring):
    key, *_ = keys_of(keyring)

    expected = Webhook(write_key(key)).sign(msg_id=ID, timestamp=datetime.fromtimestamp(AT, UTC), data=BODY.decode())

    assert signature_header(ID, AT, BODY, [key]) == expected


def test_several_signatures_are_separated_by_one_space(keyring):
    keys = keys_of(keyring)

    assert signature_header(ID, AT, BODY, keys) == " ".join(signature_header(ID, AT, BODY, [key]) for key in keys)


def test_a_key_is_32_bytes_after_whsec(keyring):
    """The specification requires 24 to 64."""
    prefix, encoded = write_key(keys_of(keyring)[0]).split("_", 1)

    assert (prefix, len(b64decode(encoded))) == ("whsec", 32)


def test_each_app_url_and_secret_has_its_own_key(keyring):
    """A receiver cannot forge the events of another one."""
    keys = [*keys_of(keyring), *keys_of(keyring, app="bank"), *keys_of(keyring, url=f"{URL}/2")]

    assert len(set(keys)) == 6


def test_keys_are_derived_as_in_rfc_5869(keyring):
    inner = derive_key(NEW, b"webhook")

    assert endpoint_keys(keyring, app="shop", url=URL)["new"] == derive_key(inner, f"shop|{URL}".encode())


def test_keys_are_in_the_order_of_the_secrets(keyring):
    assert list(endpoint_keys(keyring, app="shop", url=URL)) == ["new", "old"]
