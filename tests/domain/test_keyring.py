"""The keyring: key derivation, encryption and pseudonyms."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from app.domain.keyring import NONCE_BYTES, DecryptionFailed, Keyring
from tests.support.secrets import derive_key

OLD, NEW, NAMES = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
NUMBER = "+31612345678"
NONCE = b"n" * NONCE_BYTES
BOUND_TO = "shop|vf_1|login"
GOLDEN_CODE_KEY = "9b327661b56130b464cbcdecc142ee78b1874c0dda3d98ba47e6bd8adcad5444"
GOLDEN_NAME = "k6wygVOGBRsFRQhuX6ihPQ"
GOLDEN_LOG_NAME = "n_RHkdPhQ1VJQ6"


@pytest.fixture
def keyring():
    return Keyring([("new", NEW), ("old", OLD)], NAMES)


def raw(key):
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def test_keys_are_derived_as_in_rfc_5869(keyring):
    """Another implementation derives the same keys, so a change of library keeps all codes and proofs valid."""
    message = b"a message"

    assert keyring.all["old"].code.of(message) == hmac.digest(derive_key(OLD, b"code"), message, hashlib.sha256)
    assert keyring.all["new"].digest.of(message) == hmac.digest(derive_key(NEW, b"digest"), message, hashlib.sha256)
    assert raw(keyring.newest.sign) == raw(Ed25519PrivateKey.from_private_bytes(derive_key(NEW, b"sign")))


def test_derived_keys_equal_the_golden_values(keyring):
    """Golden values: changing them makes every code and pseudonym in Redis unusable."""
    assert derive_key(OLD, b"code").hex() == GOLDEN_CODE_KEY
    assert keyring.all["old"].code.of(b"") == hmac.digest(bytes.fromhex(GOLDEN_CODE_KEY), b"", hashlib.sha256)
    assert keyring.name("number", NUMBER) == GOLDEN_NAME
    assert keyring.log_name(NUMBER) == GOLDEN_LOG_NAME


def test_each_purpose_has_its_own_key(keyring):
    """A secret is never used directly, and a key leaked for one purpose is useless for another."""
    keys = [part for one in keyring.all.values() for part in (one.code.of(b""), one.digest.of(b""), raw(one.sign))]

    assert len({*keys, OLD, NEW}) == 8


def test_number_is_encrypted_with_the_seal_key(keyring):
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    ciphertext = AESGCM(derive_key(NEW, b"seal")).encrypt(NONCE, NUMBER.encode(), f"new|{BOUND_TO}".encode())
    assert sealed == b"new:" + NONCE + ciphertext


@given(number=st.text(max_size=20), bound_to=st.text(max_size=40), nonce=st.binary(min_size=12, max_size=12))
def test_sealed_number_opens(number, bound_to, nonce):
    keyring = Keyring([("k", NEW)], NAMES)

    assert keyring.open(keyring.seal(number, bound_to=bound_to, nonce=nonce), bound_to=bound_to) == number


@pytest.mark.parametrize("record", ["bank|vf_1|login", "shop|vf_2|login", "shop|vf_1|payment", ""])
def test_sealed_number_opens_only_for_its_record(keyring, record):
    """Write access to Redis is not enough to move a number into another verification."""
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    with pytest.raises(DecryptionFailed):
        keyring.open(sealed, bound_to=record)


def test_change_of_any_byte_is_detected(keyring):
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    for record in range(len(sealed)):
        for change in (1, 0x80):
            changed = bytearray(sealed)
            changed[record] ^= change
            with pytest.raises(DecryptionFailed):
                keyring.open(bytes(changed), bound_to=BOUND_TO)


def test_truncated_ciphertext_does_not_open(keyring):
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    for length in range(len(sealed)):
        with pytest.raises(DecryptionFailed):
            keyring.open(sealed[:length], bound_to=BOUND_TO)


def test_old_secrets_open_and_the_first_seals(keyring):
    sealed = Keyring([("old", OLD)], NAMES).seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    assert keyring.open(sealed, bound_to=BOUND_TO) == NUMBER
    assert keyring.newest.id == "new"
    assert keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE).startswith(b"new:")


def test_removed_secret_opens_nothing(keyring):
    sealed = keyring.seal(NUMBER, bound_to=BOUND_TO, nonce=NONCE)

    with pytest.raises(DecryptionFailed):
        Keyring([("old", OLD)], NAMES).open(sealed, bound_to=BOUND_TO)


def test_pseudonyms_differ_by_kind_value_and_secret(keyring):
    names = {
        keyring.name("number", NUMBER),
        keyring.name("vendor", NUMBER),
        keyring.name("number", "+31687654321"),
        Keyring([("new", NEW)], OLD).name("number", NUMBER),
    }

    assert len(names) == 4


def test_rotating_other_secrets_keeps_pseudonyms(keyring):
    """Limits and locks of a number must survive the rotation of code keys."""
    assert keyring.name("number", NUMBER) == Keyring([("k", OLD)], NAMES).name("number", NUMBER)


def test_pairwise_pseudonym_differs_between_apps(keyring):
    names = {keyring.pairwise("shop", NUMBER), keyring.pairwise("bank", NUMBER), keyring.name("number", NUMBER)}

    assert len(names) == 3


def test_log_name_is_short_and_shares_nothing_with_the_name_in_redis(keyring):
    """A reader of the log who also reads Redis cannot find the keys of a number by its name in the log."""
    name = keyring.log_name(NUMBER)

    assert re.fullmatch("n_[A-Za-z0-9_-]{12}", name)
    assert name == Keyring([("other", OLD)], NAMES).log_name(NUMBER)
    assert name[2:] not in keyring.name("number", NUMBER)
    assert name != keyring.log_name("+31687654321") != Keyring([("new", NEW)], OLD).log_name("+31687654321")


def test_repr_shows_no_keys(keyring):
    printed = f"{keyring!r} {keyring.newest!r} {keyring.all}"

    for key in (derive_key(NEW, b"code"), derive_key(NEW, b"digest"), NEW, OLD):
        assert key.hex() not in printed
        assert repr(key)[2:-1] not in printed
        assert urlsafe_b64encode(key).decode() not in printed
