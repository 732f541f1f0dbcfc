"""Who calls: an app, by one of its keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from app.domain.errors import Forbidden, Unauthorized


@dataclass(frozen=True, slots=True)
class Caller:
    """An app, and what its key may do: a secret key everything, a publishable one its purposes."""

    app: str
    secret: bool
    purposes: frozenset[str] = frozenset()

    def needs_secret_key(self) -> None:
        """Refuse a publishable key where only a backend may call."""
        if not self.secret:
            raise Forbidden("Only a secret key may do this; call it from your backend.")

    def needs_purpose(self, purpose: str) -> None:
        """Refuse a publishable key for a purpose that its app did not open to it."""
        if not self.secret and purpose not in self.purposes:
            raise Forbidden("This publishable key may not be used for that purpose.")


class Callers:
    """Everybody who holds a key. Keys are kept as SHA-256 digests: they are long and random."""

    def __init__(self, by_digest: Mapping[str, Caller]) -> None:
        """Take callers by the hexadecimal digest of their key."""
        self._by_digest = by_digest

    def of(self, key: str | None) -> Caller:
        """Find who holds a key; raises `Unauthorized`."""
        caller = self._by_digest.get(digest_key(key)) if key else None
        if caller is None:
            raise Unauthorized
        return caller


def digest_key(key: str) -> str:
    """Digest an API key for keeping."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
