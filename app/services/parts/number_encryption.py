"""Encrypt a number for storage, and decrypt it for its own verification only."""

from app.domain.errors import NoPendingVerification
from app.domain.keyring import NONCE_BYTES, DecryptionFailed, Keyring
from app.domain.phone_number import PhoneNumber, stored_phone_number
from app.services.parts.code_generation import RandomBytes


def name_number(e164: str, keyring: Keyring) -> str:
    """Return the HMAC name under which Redis stores a number."""
    return keyring.name("number", e164)


def encrypt_number(
    phone: PhoneNumber, *, app: str, verification: str, purpose: str, keyring: Keyring, random_bytes: RandomBytes
) -> bytes:
    """Encrypt a number so that only this verification can decrypt it."""
    return keyring.seal(phone.e164, bound_to=f"{app}|{verification}|{purpose}", nonce=random_bytes(NONCE_BYTES))


def decrypt_number(
    sealed: bytes, *, name: str, app: str, verification: str, purpose: str, keyring: Keyring
) -> PhoneNumber:
    """Decrypt a number and compare it with the name in its record.

    Raises `NoPendingVerification` where its key has left the rotation, or the name differs.
    """
    try:
        e164 = keyring.open(sealed, bound_to=f"{app}|{verification}|{purpose}")
    except DecryptionFailed as error:
        raise NoPendingVerification from error
    if name_number(e164, keyring) != name:
        raise NoPendingVerification
    return stored_phone_number(e164)
