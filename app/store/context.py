"""What every class of the store is built with."""

from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from app.domain.request_context import IdempotencyScope
from app.store.encryption import RecordEncryption
from app.store.job_notifier import JobNotifier
from app.store.keyspace import Keyspace
from app.store.scripts import Script


@dataclass(frozen=True, slots=True)
class StoreContext:
    """The client, the names of the keys, the encryption, the clock and the notifier; `now` is 0 for Redis' clock."""

    redis: Redis
    key: Keyspace
    encryption: RecordEncryption
    now: Callable[[], int]
    notifier: JobNotifier
    operators: str = ""
    """The endpoints of all apps that want events of limits or of the failure watch, as the scripts read them."""
    replicated: Redis | None = None
    """The client whose writes wait for replicas; None where none are waited for."""

    def idempotency_key(self, idempotency: IdempotencyScope | None) -> str:
        """Return the key of the answer that is stored for an Idempotency-Key in its scope."""
        name = self.encryption.keyring.name("idempotency", idempotency.scope) if idempotency else ""
        return self.key("idempotency", name)

    def body_name(self, idempotency: IdempotencyScope | None) -> str:
        """Return the fingerprint of the body of a call with an Idempotency-Key; "" without one."""
        return self.encryption.keyring.name("body", idempotency.body) if idempotency else ""

    def script(self, name: str, *, replicated: bool = False) -> Script:
        """Load a script; a `replicated` one waits for replicas, where that is set."""
        return Script((self.replicated if replicated else None) or self.redis, name)
