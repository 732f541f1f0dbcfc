"""Store the texts that callers wrote, encrypted, until the codes in them expire."""

from typing import cast

from app.store.context import StoreContext
from app.store.scripts import redis_errors

CALLER_TEXT = "x-caller"
"""The language in the record of a verification whose text a caller wrote: a private one (RFC 5646 §2.2.7).

A worker of an earlier version finds no such language, and sends the app's own text."""


class CallerTexts:
    """Each method takes one round trip; only verifications with a caller's text need them."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store

    async def save(self, text: str, *, app: str, id: str, lifetime: int) -> None:
        """Store the text of a verification for `lifetime` seconds, so that only this verification can decrypt it."""
        sealed = self._store.encryption.encrypt_text(text, app=app, id=id)
        with redis_errors():
            await self._store.redis.set(self._store.key("text", id), sealed, px=lifetime * 1000)

    async def delete(self, id: str) -> None:
        """Delete the text of a verification that was refused."""
        with redis_errors():
            await self._store.redis.delete(self._store.key("text", id))

    async def read(self, *, app: str, id: str) -> str | None:
        """Return the text of a verification; None where it has expired, or its key has left the rotation."""
        with redis_errors():
            sealed = cast("bytes | None", await self._store.redis.get(self._store.key("text", id)))
        return self._store.encryption.decrypt_text(sealed, app=app, id=id) if sealed else None
