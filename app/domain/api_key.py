"""API keys and the apps that they identify."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from app.domain.app import App
from app.domain.errors import Forbidden

_ID_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Caller:
    """An app and the permissions of its key: a secret key may do everything, a publishable key its purposes.

    `key` is the key's id, for logs: the first eight digits of its digest, which do not reveal the key.
    """

    app: App
    secret: bool
    purposes: frozenset[str] = frozenset()
    key: str = ""

    def require_secret_key(self) -> None:
        """Raise `Forbidden` for a publishable key where only a backend may call."""
        if not self.secret:
            raise Forbidden("This operation requires a secret key; call it from your backend.")

    def require_purpose(self, purpose: str) -> None:
        """Raise `Forbidden` for a publishable key and a purpose that its app does not allow."""
        if not self.secret and purpose not in self.purposes:
            raise Forbidden("This publishable key may not be used for that purpose.")


class ApiKeys:
    """All API keys. They are stored as SHA-256 digests, which is safe because keys are long and random."""

    def __init__(self, by_digest: Mapping[str, Caller]) -> None:
        """Map the hexadecimal digest of each key to its caller."""
        self._by_digest = by_digest

    def find(self, key: str | None) -> Caller | None:
        """Return the caller that a key belongs to, or None."""
        return self._by_digest.get(digest_key(key)) if key else None


def digest_key(key: str) -> str:
    """Return the digest under which an API key is stored."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def key_id(digest: str) -> str:
    """Return the id of a key: the first digits of its digest."""
    return digest[:_ID_DIGITS]
