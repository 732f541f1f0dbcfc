"""Who calls: an app, by one of its keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from app.domain.app import App
from app.domain.errors import Forbidden

_ID_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Caller:
    """An app, and what its key may do: a secret key everything, a publishable one its purposes.

    `key` is the key's id, for logs: the first eight digits of its digest, which tell nothing of it.
    """

    app: App
    secret: bool
    purposes: frozenset[str] = frozenset()
    key: str = ""

    def needs_secret_key(self) -> None:
        """Refuse a publishable key where only a backend may call."""
        if not self.secret:
            raise Forbidden("Only a secret key may do this; call it from your backend.")

    def needs_purpose(self, purpose: str) -> None:
        """Refuse a publishable key for a purpose that its app did not open to it."""
        if not self.secret and purpose not in self.purposes:
            raise Forbidden("This publishable key may not be used for that purpose.")


class ApiKeys:
    """Everybody who holds a key. Keys are kept as SHA-256 digests: they are long and random."""

    def __init__(self, by_digest: Mapping[str, Caller]) -> None:
        """Take callers by the hexadecimal digest of their key."""
        self._by_digest = by_digest

    def find(self, key: str | None) -> Caller | None:
        """Find who holds a key, if anybody does."""
        return self._by_digest.get(digest_key(key)) if key else None


def digest_key(key: str) -> str:
    """Digest an API key for keeping."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def key_id(digest: str) -> str:
    """Name a key by its digest."""
    return digest[:_ID_DIGITS]
