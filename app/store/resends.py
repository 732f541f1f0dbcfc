"""Queue another SMS of a pending verification."""

from typing import Any

from app.domain.errors import NoPendingVerification
from app.domain.human_check import HumanCheckState
from app.domain.phone_number import PhoneNumber
from app.domain.verification import PendingVerification, ResendRequest
from app.store.context import StoreContext
from app.store.encryption import UnreadableNumber
from app.store.guard_verdicts import note_verdict
from app.store.script_facts import (
    REMEMBER_MS,
    CallFacts,
    human_check_facts,
    log_limit_warnings,
    purposes_fact,
    read_closest_limit,
    refusal,
)
from app.store.scripts import Facts, redis_errors

_FIELDS = ["app", "purpose", "status", "number", "name"]


class Resends:
    """A resend takes one script and one round trip; `now` is 0 for the server's clock."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._calls = CallFacts(store)
        self._resend = store.script("resend_code")

    async def resend(
        self, request: ResendRequest, human_check: HumanCheckState, *, secret: bytes
    ) -> PendingVerification:
        """Spend the limits once more and queue one more SMS; `secret` is b"" to repeat the code."""
        key, call, app = self._store.key, request.call, request.call.app.name
        keys = [
            key("verification", request.verification_id),
            key("secret", request.verification_id),
            key("number", app, ""),
            *self._calls.send_keys(call, human_check),
            key(""),
        ]
        facts: Facts = {
            **self._calls.of_send(call, remember=REMEMBER_MS),
            "send_limits": self._calls.send_limits(call),
            "now": self._store.now(),
            "id": request.verification_id,
            "purposes": purposes_fact(request.purposes),
            "cooldown": call.app.policy.resend_cooldown * 1000,
            "secret": secret,
            **human_check_facts(human_check),
            "guard": call.app.policy.guard.fact,
        }
        match await self._resend(keys, facts):
            case [b"kept", *answer, word, width, left, warnings, guard]:
                self._store.notifier.notify()
                log_limit_warnings(warnings)
                pending = self._pending(answer, app, read_closest_limit(word, width, left))
                pending.guard = note_verdict(guard, app)
                return pending
            case [b"again", *answer]:
                return self._pending(answer, app, None)
            case refused:
                raise refusal(refused, app)

    async def find_number(self, request: ResendRequest) -> PhoneNumber:
        """Read the number of a pending verification; raises `NoPendingVerification` where the app has no such one."""
        id, app = request.verification_id, request.call.app.name
        with redis_errors():
            fields: Any = await self._store.redis.hmget(self._store.key("verification", id), _FIELDS)
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
            return self._store.encryption.decrypt(sealed, name=name.decode(), app=app, id=id, purpose=purpose)
        except UnreadableNumber:
            raise NoPendingVerification from None
