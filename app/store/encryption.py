"""Encrypt numbers for storage, and name personal data by HMAC, so that Redis reveals neither."""

from dataclasses import dataclass, field

from app.domain.address import Address
from app.domain.code import RandomBytes
from app.domain.guard import BLOCK_DIGITS, RANGE_DIGITS
from app.domain.keyring import NONCE_BYTES, Keyring
from app.domain.phone_number import PhoneNumber, stored_phone_number

_ADDRESS_KEY_LENGTH = 12  # 72 bits: a record stores several, and two addresses that collide share a limit, nothing more

_GUARD_KEY_LENGTH = 12  # 72 bits: two blocks that collide share their statistics, nothing more
_MOST_DESTINATIONS = 10_000  # whose names a process remembers, about 2 MB


class UnreadableNumber(Exception):
    """A stored number cannot be decrypted: its key left the rotation, or its record was changed."""


@dataclass(frozen=True, slots=True)
class RecordEncryption:
    """Encrypts the number of a record, and computes the names under which Redis stores personal data."""

    keyring: Keyring
    random_bytes: RandomBytes
    _destinations: dict[tuple[str, str], str] = field(default_factory=dict)

    def encrypt(self, phone: PhoneNumber, *, app: str, id: str, purpose: str) -> bytes:
        """Encrypt a number so that only this verification can decrypt it."""
        return self.keyring.seal(phone.e164, bound_to=f"{app}|{id}|{purpose}", nonce=self.random_bytes(NONCE_BYTES))

    def decrypt(self, sealed: bytes, *, name: str, app: str, id: str, purpose: str) -> PhoneNumber:
        """Decrypt the number of a record and compare it with the name in the record; raises `UnreadableNumber`."""
        try:
            e164 = self.keyring.open(sealed, bound_to=f"{app}|{id}|{purpose}")
        except ValueError:  # `DecryptionFailed`, whose cause may quote the ciphertext
            raise UnreadableNumber from None
        if self.name_number(e164) != name:
            raise UnreadableNumber
        return stored_phone_number(e164)

    def encrypt_text(self, text: str, *, app: str, id: str) -> bytes:
        """Encrypt a text that a caller wrote so that only this verification or message can decrypt it."""
        return self.keyring.seal(text, bound_to=f"{app}|{id}|text", nonce=self.random_bytes(NONCE_BYTES))

    def decrypt_text(self, sealed: bytes, *, app: str, id: str) -> str | None:
        """Decrypt a text; None where its key has left the rotation."""
        try:
            return self.keyring.open(sealed, bound_to=f"{app}|{id}|text")
        except ValueError:  # `DecryptionFailed`, whose cause may quote the ciphertext
            return None

    def name_number(self, e164: str) -> str:
        """Return the name of a number."""
        return self.keyring.name("number", e164)

    def name_address(self, address: Address | None) -> str:
        """Return the names of an address' prefixes, the narrowest first, separated by spaces; "" for no address."""
        if address is None:
            return ""
        return " ".join([self.keyring.name("address", prefix)[:_ADDRESS_KEY_LENGTH] for prefix in address.prefixes])

    def name_subject(self, subject: str, *, app: str, is_backend: bool) -> str:
        """Return the name of an app's subject, apart for browsers and backends: a browser could claim any subject."""
        return self.keyring.name("subject", f"{app}|{'backend' if is_backend else 'browser'}|{subject}")

    def name_block(self, e164: str, *, app: str) -> str:
        """Return the name of a number's block in an app: those with whom it shares all but its last four digits."""
        return self._name_destination("block", f"{app}|{e164[:-BLOCK_DIGITS]}")

    def name_range(self, e164: str, *, app: str) -> str:
        """Return the name of the range in which a number's operator has its block."""
        return self._name_destination("range", f"{app}|{e164[:-RANGE_DIGITS]}")

    def name_destination(self, e164: str, *, app: str) -> dict[str, str]:
        """Return the names of a number's block and range, as the facts of scripts."""
        return {"block": self.name_block(e164, app=app), "range": self.name_range(e164, app=app)}

    def _name_destination(self, kind: str, value: str) -> str:
        """Return a name from memory where it was computed before: people of a service share blocks and ranges."""
        name = self._destinations.get((kind, value))
        if name is None:
            if len(self._destinations) >= _MOST_DESTINATIONS:
                self._destinations.clear()
            name = self._destinations[kind, value] = self.keyring.name(kind, value)[:_GUARD_KEY_LENGTH]
        return name

    def name_vendor_id(self, id: str) -> str:
        """Return the name of a vendor's id for a message."""
        return self.keyring.name("vendor", id)
