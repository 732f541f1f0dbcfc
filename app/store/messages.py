"""Keeps where each SMS stands; a status never moves backwards."""

from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.message import Accepted
from app.domain.queued import ReportJob, SendJob
from app.domain.status import Status, replaceable_by
from app.store.keys import Keys
from app.store.scripts import Script


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A message about to be handed over, and what its verification's record says; times in milliseconds."""

    message_id: str
    now: int
    expires_at: int
    secret: bytes
    sealed: bytes
    app: str
    purpose: str
    name: str
    unsure: int  # earlier calls of this send that ended in doubt


class Messages:
    """One script, one round trip each; `now` is 0 for the server's clock."""

    def __init__(self, redis: Redis, keys: Keys, *, now: Callable[[], int]) -> None:
        self._key = keys.of
        self._now = now
        self._begin = Script(redis, "begin_message")
        self._settle = Script(redis, "settle_message")
        self._apply = Script(redis, "apply_report")

    async def begin(self, job: SendJob, *, message_id: str, gateway: str) -> Opened | None:
        """Open a message for a send; None when it was sent already or its verification has ended."""
        key = self._key
        keys = [
            key("verification", job.verification),
            key("secret", job.verification),
            key("messages", job.verification),
            key("message", ""),
            key("number", ""),
        ]
        match await self._begin(keys, [self._now(), job.send, message_id, gateway, job.verification]):
            case [b"go", opened, now, expires_at, secret, sealed, app, purpose, name, unsure]:
                id, app, purpose, name = (part.decode() for part in (opened, app, purpose, name))
                return Opened(id, now, expires_at, secret, sealed, app, purpose, name, unsure)
            case _:
                return None

    async def settle(
        self, job: SendJob, outcome: Accepted | GatewayError, *, message_id: str, gateway: str, vendor_name: str
    ) -> None:
        """Remember what the gateway answered, and apply reports that were faster than its answer."""
        key = self._key
        keys = [
            key("verification", job.verification),
            key("message", message_id),
            key("vendor", gateway, vendor_name),
            key("early", gateway),
            key("early_at", gateway),
        ]
        facts: list[str | int | bytes] = [self._now(), job.send, message_id, *_settlement(outcome, vendor_name)]
        await self._settle(keys, facts)

    async def apply(self, job: ReportJob) -> str:
        """Move the message's status by a report; tells `moved`, `kept`, `parked` or `unknown`."""
        key = self._key
        keys = [
            key("message", ""),
            key("vendor", job.gateway, job.vendor_name),
            key("early", job.gateway),
            key("early_at", job.gateway),
            key("counts", job.gateway),
        ]
        came_from = ",".join(replaceable_by(job.status))
        facts = [job.gateway, job.reference, job.vendor_name, job.recipient_name]
        answer = await self._apply(keys, [self._now(), *facts, job.status, came_from, job.word, job.reason])
        return str(answer[0].decode())


def _settlement(outcome: Accepted | GatewayError, vendor_name: str) -> list[str]:
    """Line up what `settle_message` wants, from its outcome on."""
    match outcome:
        case Accepted():
            status, word = Status.SENT, "accepted"
            details = [vendor_name, str(outcome.segments or ""), outcome.price or ""]
            return ["accepted", status, ",".join(replaceable_by(status)), word, "", *details]
        case Refused():
            kind, status = "refused", Status.FAILED
        case Unreachable():
            kind, status = "unreachable", Status.UNKNOWN
        case Unsure():
            kind, status = "unsure", Status.UNKNOWN
        case _:
            raise AssertionError("a gateway error is refused, unreachable or unsure") from outcome
    word = outcome.word or kind
    return [kind, status, ",".join(replaceable_by(status)), word, outcome.reason, "", "", ""]
