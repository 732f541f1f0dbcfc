"""Store new verifications, and cancel them."""

from app.domain.app import App
from app.domain.callers import DEVICES
from app.domain.errors import NoPendingVerification
from app.domain.human_check import HumanCheckState
from app.domain.limit_entry import Counted
from app.domain.limits import OF_A_CODE
from app.domain.request_context import RequestContext
from app.domain.verification import NewVerification, PendingVerification
from app.store.context import StoreContext
from app.store.guard_verdicts import note_verdict
from app.store.limit_facts import limits_fact
from app.store.script_facts import (
    REMEMBER_MS,
    CallFacts,
    human_check_facts,
    log_limit_warnings,
    read_closest_limit,
    refusal,
)
from app.store.scripts import Facts, redis_errors


class Verifications:
    """Each method takes one script and one round trip; `now` is 0 for the server's clock."""

    def __init__(self, store: StoreContext) -> None:
        self._store = store
        self._calls = CallFacts(store)
        self._save = store.script("save_verification")
        self._cancel = store.script("cancel_verification")

    async def save(
        self, new: NewVerification, call: RequestContext, human_check: HumanCheckState
    ) -> PendingVerification:
        """Spend the limits, store the record and queue its SMS, all or nothing; a repeat gets the first result."""
        key, app, name = self._store.key, call.app, self._store.encryption.name_number(new.phone.e164)
        keys = [
            key("verification", new.id),
            key("secret", new.id),
            key("number", app.name, name),
            key("pending", app.name, name),
            *self._calls.send_keys(call, human_check),
            key(""),
        ]
        facts = self._facts_of(new, call, name) | human_check_facts(human_check)
        match await self._save(keys, facts):
            case [b"kept", id, now, expires_at, resend_at, attempts, sends, word, width, left, warnings, guard]:
                self._store.notifier.notify()
                log_limit_warnings(warnings)
                closest_limit, verdict = read_closest_limit(word, width, left), note_verdict(guard, app.name)
            case [b"again", id, now, expires_at, resend_at, attempts, sends, *_]:
                closest_limit = verdict = None
            case refused:
                raise refusal(refused, app.name)
        return PendingVerification(
            id=id.decode(),
            phone=new.phone,
            purpose=new.purpose,
            reference=new.reference,
            now=int(now),
            expires_at=int(expires_at),
            resend_at=int(resend_at) or None,
            attempts_left=int(attempts),
            sends_left=int(sends),
            closest_limit=closest_limit,
            guard=verdict,
        )

    async def is_answered(self, call: RequestContext) -> bool:
        """Return whether this call's Idempotency-Key was answered before."""
        if call.idempotency is None:
            return False
        with redis_errors():
            return bool(await self._store.redis.exists(self._store.idempotency_key(call.idempotency)))

    async def cancel(self, id: str, app: App) -> None:
        """Cancel a pending verification; raises `NoPendingVerification` when it has already ended."""
        keys = [
            self._store.key("verification", id),
            self._store.key("secret", id),
            self._store.key("number", app.name, ""),
            self._store.key(""),
        ]
        facts: Facts = {"now": self._store.now(), "id": id, "app": app.name, "keep": app.policy.keep * 1000}
        if await self._cancel(keys, facts) != [b"canceled"]:
            raise NoPendingVerification

    def _facts_of(self, new: NewVerification, call: RequestContext, name: str) -> Facts:
        """Return the facts of the call, and those that describe the verification."""
        encryption, app, policy = self._store.encryption, call.app.name, call.app.policy
        subjects = dict.fromkeys(
            encryption.name_subject(one, app=app, is_backend=call.is_backend) for one in new.subjects
        )
        return {
            **self._calls.of_send(call, remember=REMEMBER_MS),
            "send_limits": self._limits_of(new, call),
            "now": self._store.now(),
            "id": new.id,
            "name": name,
            "purpose": new.purpose,
            "reference": new.reference or "",
            "sealed": encryption.encrypt(new.phone, app=app, id=new.id, purpose=new.purpose),
            "secret": new.secret,
            "lifetime": policy.code_lifetime * 1000,
            "keep": policy.keep * 1000,
            "attempts": policy.attempts,
            "sends": policy.sends_per_verification,
            "cooldown": policy.resend_cooldown * 1000,
            "test": "1" if new.is_test else "",
            "device": new.device_since or "",
            "subject": " ".join(subjects),
            "country": new.phone.country,
            "cost": "" if new.is_test else new.cost,
            **self._guard_facts(new, app, policy.guard.fact),
            "locale": new.locale,
            "events": call.app.events.wants,
            "masked": str(new.phone) if call.app.events.wants else "",
        }

    def _limits_of(self, new: NewVerification, call: RequestContext) -> bytes:
        """Write the limits that may count this request: those of its number's kind, and of the kinds of caller."""
        callers = frozenset({call.caller_kind}) | (DEVICES if new.device_since else frozenset())
        counted = (Counted.TEST_SENDS,) if new.is_test else OF_A_CODE
        return limits_fact(call.app, self._store.key, *counted, callers=callers)

    def _guard_facts(self, new: NewVerification, app: str, guard: str) -> Facts:
        if not guard or new.is_test:
            return {}
        return {"guard": guard, **self._store.encryption.name_destination(new.phone.e164, app=app)}
