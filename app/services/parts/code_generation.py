"""Generate ids, and the secrets from which codes are derived."""

from dataclasses import dataclass

from app.domain.code import SALT_BYTES, RandomBytes, derive_code, digest
from app.domain.keyring import Keyring, write_short


def new_id(prefix: str, random_bytes: RandomBytes) -> str:
    """Generate an id of 128 random bits (ASVS 11.5.1: a UUID would have fewer)."""
    return f"{prefix}_{write_short(random_bytes(16))}"


@dataclass(frozen=True, slots=True)
class CodeSecrets:
    """Creates and reads secrets. A secret is what Redis stores of a code: the id of the key, a salt, and a digest."""

    keyring: Keyring
    random_bytes: RandomBytes

    def create(self, length: int, *, app: str, verification: str) -> bytes:
        """Generate a salt, and digest the code that is derived from it."""
        salt = self.random_bytes(SALT_BYTES)
        code = derive_code(salt, verification=verification, length=length, keys=self.keyring.newest)
        return self._secret(code, salt, app=app, verification=verification)

    def create_fixed(self, code: str, *, app: str, verification: str) -> bytes:
        """Digest the fixed code of a test number."""
        return self._secret(code, self.random_bytes(SALT_BYTES), app=app, verification=verification)

    def restore(self, secret: bytes, *, length: int, verification: str) -> str | None:
        """Derive the code of a secret again; None when its key has left the rotation."""
        key_id, _, rest = secret.partition(b":")
        keys = self.keyring.all.get(key_id.decode())
        if keys is None:
            return None
        return derive_code(rest[:SALT_BYTES], verification=verification, length=length, keys=keys)

    def digests(self, code: str, *, app: str, verification: str) -> list[tuple[str, bytes]]:
        """Digest a guess with each key in rotation, since only the record knows which one was used."""
        return [
            (keys.id, digest(code, app=app, verification=verification, key=keys.digest))
            for keys in self.keyring.all.values()
        ]

    def _secret(self, code: str, salt: bytes, *, app: str, verification: str) -> bytes:
        keys = self.keyring.newest
        return b"%s:%s%s" % (keys.id.encode(), salt, digest(code, app=app, verification=verification, key=keys.digest))
