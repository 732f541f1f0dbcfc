"""Queue another SMS of a pending verification."""

from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis

from app.domain.errors import NoPendingVerification
from app.domain.human_check import HumanCheckState
from app.domain.phone_number import PhoneNumber
from app.domain.verification import PendingVerification, ResendRequest
from app.store.encryption import RecordEncryption, UnreadableNumber
from app.store.job_notifier import JobNotifier
from app.store.keyspace import Keyspace
from app.store.script_facts import (
    body_fingerprint,
    human_check_fact,
    human_check_name,
    idempotency_name,
    purposes_fact,
    read_closest_limit,
    refusal,
    script_limits,
)
from app.store.scripts import Facts, Script, redis_errors
from app.store.verifications import REMEMBER_MS

_FIELDS = ["app", "purpose", "status", "number", "name"]


class Resends:
    """A resend takes one script and one round trip; `now` is 0 for the server's clock."""

    def __init__(
        self,
        redis: Redis,
        keys: Keyspace,
        encryption: RecordEncryption,
        *,
        now: Callable[[], int],
        notifier: JobNotifier,
    ) -> None:
        self._redis = redis
        self._keys = keys
        self._key = keys.of
        self._encryption = encryption
        self._now = now
        self._notifier = notifier
        self._resend = Script(redis, "resend_code")

    async def resend(
        self, request: ResendRequest, human_check: HumanCheckState, *, secret: bytes
    ) -> PendingVerification:
        """Spend the limits once more and queue one more SMS; `secret` is b"" to repeat the code."""
        key, encryption, call = self._key, self._encryption, request.call
        app, policy = call.app.name, call.app.policy
        limits = script_limits(policy.limits, self._keys, watch=policy.failure_watch)
        keys = [
            key("verification", request.verification_id),
            key("secret", request.verification_id),
            key("number", app, ""),
            key("sends_queue"),
            key("later"),
            key("blocked"),
            key("failure_watch"),
            key("idempotency", idempotency_name(call, encryption)),
            key("used_human_check", human_check_name(human_check, encryption)),
            *limits.keys,
        ]
        facts: Facts = {
            "now": self._now(),
            "id": request.verification_id,
            "app": app,
            "purposes": purposes_fact(request.purposes),
            "cooldown": policy.resend_cooldown * 1000,
            "secret": secret,
            "address_keys": encryption.name_address(call.address),
            "send_limits": limits.sends,
            "check_limits": limits.wrong_codes,
            "watch": "1" if policy.failure_watch else "",
            "body": body_fingerprint(call, encryption),
            "remember": REMEMBER_MS,
            "human": human_check_fact(human_check),
        }
        match await self._resend(keys, facts):
            case [b"kept", *answer, word, width, left]:
                self._notifier.notify()
                return self._pending(answer, app, read_closest_limit(word, width, left))
            case [b"again", *answer]:
                return self._pending(answer, app, None)
            case refused:
                raise refusal(refused)

    async def find_number(self, request: ResendRequest) -> PhoneNumber:
        """Read the number of a pending verification; raises `NoPendingVerification` where the app has no such one."""
        id, app = request.verification_id, request.call.app.name
        with redis_errors():
            fields: Any = await self._redis.hmget(self._key("verification", id), _FIELDS)
        owner, purpose, status, sealed, name = fields
        if owner is None or (owner.decode(), status) != (app, b"pending"):
            raise NoPendingVerification
        if request.purposes and purpose.decode() not in request.purposes:
            raise NoPendingVerification
        return self._number(sealed, name, id=id, app=app, purpose=purpose.decode())

    def _pending(self, answer: list[Any], app: str, closest_limit: Any) -> PendingVerification:  # noqa: ANN401  an untyped Redis reply
        id, now, expires_at, resend_at, attempts, sends, *_, purpose, reference, sealed, name = answer
        return PendingVerification(
            id=id.decode(),
            phone=self._number(sealed, name, id=id.decode(), app=app, purpose=purpose.decode()),
            purpose=purpose.decode(),
            reference=reference.decode() or None,
            now=int(now),
            expires_at=int(expires_at),
            resend_at=int(resend_at) or None,
            attempts_left=int(attempts),
            sends_left=int(sends),
            closest_limit=closest_limit,
        )

    def _number(self, sealed: bytes, name: bytes, *, id: str, app: str, purpose: str) -> PhoneNumber:
        try:
            return self._encryption.decrypt(sealed, name=name.decode(), app=app, id=id, purpose=purpose)
        except UnreadableNumber:
            raise NoPendingVerification from None
