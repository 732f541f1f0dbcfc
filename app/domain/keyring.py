"""The keys, derived from the operator's secrets by HKDF (RFC 5869), and the operations that use them.

A secret is never used directly: each purpose has its own key. The first secret is used for everything
new; the others are still accepted, so that secrets can be rotated while codes and proofs are valid.
"""

from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
_NAME_BYTES = 16
_LOG_NAME_BYTES = 9  # 72 bits: that any two of 100 million numbers collide has a probability of 1e-6
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class DecryptionFailed(ValueError):
    """The ciphertext cannot be decrypted: its key is gone, or it was modified."""


class Mac:
    """HMAC-SHA-256 (RFC 2104) with one key; the state is prepared once, which halves the cost of a call."""

    def __init__(self, key: bytes) -> None:
        self._ready = HMAC(key, SHA256())

    def of(self, message: bytes) -> bytes:
        """Return the MAC of a message: 32 bytes."""
        mac = self._ready.copy()
        mac.update(message)
        return mac.finalize()


@dataclass(frozen=True, slots=True, repr=False)
class DerivedKeys:
    """The keys of one secret; `repr()` never shows them."""

    id: str
    code: Mac
    digest: Mac
    seal: AESGCM
    sign: Ed25519PrivateKey
    webhook: bytes

    def webhook_key(self, endpoint: str) -> bytes:
        """Derive the key that signs the events of one endpoint."""
        return _hkdf(self.webhook, endpoint)


class Keyring:
    """All keys in rotation; the first is used for everything new."""

    def __init__(self, secrets: Sequence[tuple[str, bytes]], name_secret: bytes) -> None:
        """Derive keys from `(id, secret)` pairs, newest first, and from the secret for pseudonyms."""
        self.all = {key_id: _derive_keys(key_id, secret) for key_id, secret in secrets}
        self.newest = self.all[secrets[0][0]]
        self._name = Mac(_hkdf(name_secret, "name"))
        self._pairwise = Mac(_hkdf(name_secret, "pairwise"))
        self._device = Mac(_hkdf(name_secret, "device"))
        self._log = Mac(_hkdf(name_secret, "log"))
        self.human_key = _hkdf(name_secret, "human")

    def name(self, kind: str, value: str) -> str:
        """Return a 128-bit pseudonym of a number (or other personal data), so that Redis does not reveal it."""
        return _pseudonym(self._name, f"{kind}|{value}")

    def log_name(self, e164: str) -> str:
        """Return the name of a number in log lines: `n_` and 12 characters of base64url, the same in all apps.

        Its key differs from that of `name`, so that a reader of the log and of Redis cannot join the two.
        """
        return f"n_{write_short(self._log.of(e164.encode())[:_LOG_NAME_BYTES])}"

    def pairwise(self, app: str, e164: str) -> str:
        """Return a pseudonym of a number that differs for each app, so that two apps cannot match their users."""
        return _pseudonym(self._pairwise, f"{app}|{e164}")

    def device(self, app: str, e164: str, at: int) -> str:
        """Return a MAC that this device verified the number at a time, in milliseconds since 1970."""
        return _pseudonym(self._device, f"{app}|{e164}|{at}")

    def seal(self, e164: str, *, bound_to: str, nonce: bytes) -> bytes:
        """Encrypt a number with AES-256-GCM, bound to the record that it belongs to."""
        aad = f"{self.newest.id}|{bound_to}".encode()
        return self.newest.id.encode() + b":" + nonce + self.newest.seal.encrypt(nonce, e164.encode(), aad)

    def open(self, sealed: bytes, *, bound_to: str) -> str:
        """Decrypt the output of `seal`; raises `DecryptionFailed`."""
        key_id, _, nonce_and_ciphertext = sealed.partition(b":")
        keys = self.all.get(key_id.decode(errors="replace"))
        if keys is None:
            raise DecryptionFailed("The key is no longer in the rotation.")
        aad = f"{keys.id}|{bound_to}".encode()
        try:
            return keys.seal.decrypt(
                nonce_and_ciphertext[:NONCE_BYTES], nonce_and_ciphertext[NONCE_BYTES:], aad
            ).decode()
        except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
            raise DecryptionFailed("The ciphertext belongs to another record, or was modified.") from error


def _derive_keys(key_id: str, secret: bytes) -> DerivedKeys:
    return DerivedKeys(
        id=key_id,
        code=Mac(_hkdf(secret, "code")),
        digest=Mac(_hkdf(secret, "digest")),
        seal=AESGCM(_hkdf(secret, "seal")),
        sign=Ed25519PrivateKey.from_private_bytes(_hkdf(secret, "sign")),
        webhook=_hkdf(secret, "webhook"),
    )


def _hkdf(secret: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"otp/1/{purpose}".encode()).derive(secret)


def _pseudonym(key: Mac, value: str) -> str:
    return write_short(key.of(value.encode())[:_NAME_BYTES])


def write_short(raw: bytes) -> str:
    """Encode bytes in base64url (RFC 4648 §5), without `=`."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()
