"""Generate ids, salts and codes from a secure random source."""

from collections.abc import Callable

from app.domain.code import SALT_BYTES, derive_code, digest
from app.domain.keyring import Keyring, write_short

RandomBytes = Callable[[int], bytes]
"""Returns that many random bytes; the system's source everywhere but in tests."""


def new_id(prefix: str, random_bytes: RandomBytes) -> str:
    """Generate an id of 128 random bits (ASVS 11.5.1: a UUID would have fewer)."""
    return f"{prefix}_{write_short(random_bytes(16))}"


def create_secret(verification: str, *, app: str, length: int, keyring: Keyring, random_bytes: RandomBytes) -> bytes:
    """Generate a salt and digest the code derived from it; the result is what Redis stores."""
    keys = keyring.newest
    salt = random_bytes(SALT_BYTES)
    code = derive_code(salt, verification=verification, length=length, keys=keys)
    return b"%s:%s%s" % (keys.id.encode(), salt, digest(code, app=app, verification=verification, key=keys.digest))


def create_fixed_secret(
    code: str, *, app: str, verification: str, keyring: Keyring, random_bytes: RandomBytes
) -> bytes:
    """Digest the fixed code of a test number, in the format of `create_secret`."""
    keys = keyring.newest
    code_digest = digest(code, app=app, verification=verification, key=keys.digest)
    return b"%s:%s%s" % (keys.id.encode(), random_bytes(SALT_BYTES), code_digest)


def restore_code(secret: bytes, *, verification: str, length: int, keyring: Keyring) -> str | None:
    """Derive the code again from the stored secret; None when its key has left the rotation."""
    key_id, _, rest = secret.partition(b":")
    keys = keyring.all.get(key_id.decode())
    if keys is None:
        return None
    return derive_code(rest[:SALT_BYTES], verification=verification, length=length, keys=keys)


def digests_of(code: str, *, app: str, verification: str, keyring: Keyring) -> list[tuple[str, bytes]]:
    """Digest a guess with each key in rotation, since only the record knows which one was used."""
    return [
        (keys.id, digest(code, app=app, verification=verification, key=keys.digest)) for keys in keyring.all.values()
    ]
