"""The keys, and what is done with them."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from app.domain.keyring import NONCE_BYTES, DecryptionFailed, Keyring
from tests.support.secrets import draw_key

OLD, NEW, NAMES = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
NUMBER = "+31612345678"
NONCE = b"n" * NONCE_BYTES
BOUND_TO = "shop|vf_1|login"
GOLDEN_CODE_KEY = "9b327661b56130b464cbcdecc142ee78b1874c0dda3d98ba47e6bd8adcad5444"
GOLDEN_NAME = "k6wygVOGBRsFRQhuX6ihPQ"


@pytest.fixture
def keyring():
    return Keyring([("new", NEW), ("old", OLD)], NAMES)


def raw(key):
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def test_keys_are_drawn_as_rfc_5869_says(keyring):
    """Another implementation agrees, so a change of library keeps all codes and proofs alive."""
    message = b"a message"

    assert keyring.all["old"].code.of(message) == hmac.digest(draw_key(OLD, b"code"), message, hashlib.sha256)
    assert keyring.all["new"].digest.of(message) == hmac.digest(draw_key(NEW, b"digest"), message, hashlib.sha256)
    assert raw(keyring.newest.sign) == raw(Ed25519PrivateKey.from_private_bytes(draw_key(NEW, b"sign")))


def test_the_first_keys_never_change(keyring):
    """Golden values: whoever changes them makes every code and name in Redis unreadable."""
    assert draw_key(OLD, b"code").hex() == GOLDEN_CODE_KEY
    assert keyring.all["old"].code.of(b"") == hmac.digest(bytes.fromhex(GOLDEN_CODE_KEY), b"", hashlib.sha256)
    assert keyring.name("number", NUMBER) == GOLDEN_NAME


def test_each_purpose_has_a_key_of_its_own(keyring):
    """A secret is never used raw, and a key that leaks for one purpose is of no use for another."""
    keys = [part for one in keyring.all.values() for part in (one.code.of(b""), one.digest.of(b""), raw(one.sign))]

    assert len({*keys, OLD, NEW}) == 8


def test_a_sealed_number_is_encrypted_by_a_key_of_its_own(keyring):
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    box = AESGCM(draw_key(NEW, b"seal")).encrypt(NONCE, NUMBER.encode(), f"new|{BOUND_TO}".encode())
    assert sealed == b"new:" + NONCE + box


@given(number=st.text(max_size=20), bound_to=st.text(max_size=40), nonce=st.binary(min_size=12, max_size=12))
def test_what_was_sealed_opens(number, bound_to, nonce):
    keyring = Keyring([("k", NEW)], NAMES)

    assert keyring.open(keyring.seal(number, bound_to=bound_to, nonce=nonce), bound_to=bound_to) == number


@pytest.mark.parametrize("place", ["bank|vf_1|login", "shop|vf_2|login", "shop|vf_1|payment", ""])
def test_a_sealed_number_opens_for_its_own_record_only(keyring, place):
    """Whoever writes to Redis cannot move a number into another verification."""
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    with pytest.raises(DecryptionFailed):
        keyring.open(sealed, bound_to=place)


def test_a_change_of_any_byte_is_noticed(keyring):
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    for place in range(len(sealed)):
        for change in (1, 0x80):
            changed = bytearray(sealed)
            changed[place] ^= change
            with pytest.raises(DecryptionFailed):
                keyring.open(bytes(changed), bound_to=BOUND_TO)


def test_what_was_cut_off_does_not_open(keyring):
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    for length in range(len(sealed)):
        with pytest.raises(DecryptionFailed):
            keyring.open(sealed[:length], bound_to=BOUND_TO)


def test_old_secrets_still_open_and_the_first_seals(keyring):
    sealed = Keyring([("old", OLD)], NAMES).seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    assert keyring.open(sealed, bound_to=BOUND_TO) == NUMBER
    assert keyring.newest.id == "new"
    assert keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE).startswith(b"new:")


def test_a_secret_that_was_dropped_opens_nothing(keyring):
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    with pytest.raises(DecryptionFailed):
        Keyring([("old", OLD)], NAMES).open(sealed, bound_to=BOUND_TO)


def test_names_differ_by_kind_value_and_secret(keyring):
    names = {
        keyring.name("number", NUMBER),
        keyring.name("vendor", NUMBER),
        keyring.name("number", "+31687654321"),
        Keyring([("new", NEW)], OLD).name("number", NUMBER),
    }

    assert len(names) == 4


def test_a_name_survives_the_rotation_of_the_other_secrets(keyring):
    """Limits and locks of a number must not be forgotten when codes get a new key."""
    assert keyring.name("number", NUMBER) == Keyring([("k", OLD)], NAMES).name("number", NUMBER)


def test_a_pairwise_name_differs_between_apps(keyring):
    names = {keyring.pairwise("shop", NUMBER), keyring.pairwise("bank", NUMBER), keyring.name("number", NUMBER)}

    assert len(names) == 3


def test_keys_do_not_print_themselves(keyring):
    printed = f"{keyring!r} {keyring.newest!r} {keyring.all}"

    for key in (draw_key(NEW, b"code"), draw_key(NEW, b"digest"), NEW, OLD):
        assert key.hex() not in printed
        assert repr(key)[2:-1] not in printed
        assert urlsafe_b64encode(key).decode() not in printed
