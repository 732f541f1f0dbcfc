"""Send one SMS through a gateway, and through the next when that one fails, until the code expires."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.app import App
from app.domain.code import RandomBytes
from app.domain.delivery_attempt import DeliveryAttempt, Outcome
from app.domain.errors import NoPendingVerification
from app.domain.gateway import Bug, Gateway, GatewayError, Refused, Unreachable, Unsure
from app.domain.gateway_throttle import GatewayThrottle, Unavailable
from app.domain.jobs import SendJob
from app.domain.keyring import Keyring
from app.domain.message import Accepted
from app.domain.outgoing_message import MESSAGE_ID, is_message_id
from app.domain.phone_number import country_of
from app.domain.route import Routes, RouteStep
from app.domain.sms_segments import measure
from app.domain.status import Status
from app.logs import LogContext, log, note
from app.metrics.table import DELIVERY_ATTEMPTS, HANDOVER_SECONDS, MESSAGES
from app.services.parts.choose_gateway import Delay, Finished, Try, choose_gateway, is_left
from app.services.parts.code_generation import CodeSecrets, new_id
from app.services.parts.job_results import Bury, Completed, JobResult, Retry, final_status, retry_or_bury, wait_ms
from app.services.parts.opt_outs import refuse, refusing_gateway
from app.services.parts.render_message import RenderedSms, RenderError, render_message
from app.services.parts.send_costs import SendCosts
from app.store.encryption import UnreadableNumber
from app.store.messages import ConcurrentUpdate, Messages, SendSnapshot, UnreadableRecord
from app.store.outgoing_messages import OutgoingMessages

_MAX_RUN_S = 20.0  # seconds; a job that is 60 s in its stream makes the API answer 503, since the queue looks stuck


@dataclass(frozen=True, slots=True)
class DeliverMessage:
    """Sends the SMS of jobs; `clock` is the throttles' monotonic clock, in seconds."""

    gateways: Mapping[str, Gateway]
    throttles: Mapping[str, GatewayThrottle]
    routes: Routes
    messages: Messages
    outgoing: OutgoingMessages
    apps: Mapping[str, App]
    keyring: Keyring
    codes: CodeSecrets
    costs: SendCosts
    random_bytes: RandomBytes
    clock: Callable[[], float]
    report_wait: int  # seconds without a report after which the next gateway is tried; 0 disables it
    patience: float  # seconds after which the next gateway is called, where one is left

    @property
    def slots(self) -> int:
        """Return how many calls all gateways take at the same time."""
        return sum(throttle.slots for throttle in self.throttles.values())

    @property
    def resting(self) -> list[str]:
        """Return the gateways that failed, and that no call has reached since."""
        return [name for name, throttle in self.throttles.items() if throttle.is_resting]

    async def __call__(self, job: SendJob, *, by: str, tries: int) -> JobResult:
        """Send one SMS unless it was sent or its verification has ended; return what the worker does with the job.

        `by` identifies the job across its retries. A message is opened before its gateway is called and its outcome
        recorded after: a worker that claims the job from a dead one sees that a call was in progress, and treats it as
        one that may have been sent.
        """
        result = await self._send(job, by=by, tries=tries)
        status = final_status(result) if is_message_id(job.record) else None
        if status and await self.outgoing.end(job.record, status) and status is Status.EXPIRED:
            return result if isinstance(result, Bury) else Completed("expired")
        return result

    async def _send(self, job: SendJob, *, by: str, tries: int) -> JobResult:
        try:
            snapshot = await self.messages.read_send(job)
            return await self._deliver(job, snapshot, by=by, tries=tries)
        except NoPendingVerification:
            return Completed("dropped")
        except ConcurrentUpdate:
            # Not completed: the concurrent worker may hold this same job, and completing it would delete it there.
            return Retry("overtaken", wait_ms(0), counts=False)
        except UnreadableRecord:
            return Bury("unreadable_record")
        except UnreadableNumber:  # another worker may have its key, in a rotation
            return Retry("unknown_key", wait_ms(tries))

    async def _deliver(self, job: SendJob, snapshot: SendSnapshot, *, by: str, tries: int) -> JobResult:
        in_progress = [one for one in snapshot.delivery_attempts if one.outcome is Outcome.IN_PROGRESS]
        if not job.replayed and any(one.job != by for one in in_progress):
            # The other job continues when its call ends, or is claimed when its worker dies.
            return Completed("in_progress_elsewhere")
        for one in in_progress:
            if one.job == by:
                await self.messages.mark_abandoned(one)
        try:
            sms = render_message(snapshot, verification=job.record, apps=self.apps, codes=self.codes)
        except RenderError as error:
            return retry_or_bury(error.what, wait_ms(tries), left_ms=snapshot.left_ms)
        country = country_of(sms.to)
        note(country=country, number=self.keyring.log_name(sms.to.e164))
        steps = self.routes.route_steps(country, f"{job.record}|{job.send}")
        if gateway := refusing_gateway(snapshot, steps, sms.app):
            id = self._new_message_id(job, is_first=not snapshot.delivery_attempts)
            return await refuse(self.messages, job, snapshot, message_id=id, gateway=gateway, by=by, country=country)
        return await self._try_gateways(job, snapshot, sms, steps, country=country, by=by, tries=tries)

    async def _try_gateways(
        self,
        job: SendJob,
        snapshot: SendSnapshot,
        sms: RenderedSms,
        steps: Sequence[RouteStep],
        *,
        country: str,
        by: str,
        tries: int,
    ) -> JobResult:
        """Call one gateway after another until one accepts the SMS or none is left."""
        relevant = [
            one for one in snapshot.delivery_attempts if one.job == by or one.is_in_transit or one.concerns_number
        ]
        attempts = relevant if job.replayed else list(snapshot.delivery_attempts)
        safe = {step.gateway for step in steps if self.gateways[step.gateway].repeats_safely}
        called: set[str] = set()  # gateways that were called in this run
        down: dict[str, int] = {}  # those of them that were unreachable, with their Retry-After in milliseconds
        tried, began = snapshot.tried, self.clock()
        while True:
            now = self.clock()
            if now - began > _MAX_RUN_S:
                # The next run reads the reports and opt-outs that arrived meanwhile.
                return retry_or_bury("slow", 1, left_ms=snapshot.left_ms, counts=False)
            unavailable = {
                step.gateway: self.throttles[step.gateway].check(now, has_code=snapshot.has_code) for step in steps
            }
            match choose_gateway(
                steps,
                attempts,
                unavailable=unavailable,
                safe=safe,
                down=down,
                called=called,
                silent=job.silent,
                may_duplicate=snapshot.has_code,
                is_patient=not snapshot.has_code,
            ):
                case Finished(what, hopeless):
                    return Bury(what) if hopeless else Completed(what)
                case Delay(what, None, _):
                    return retry_or_bury(
                        what, max(wait_ms(tries), min(down.values(), default=0)), left_ms=snapshot.left_ms
                    )
                case Delay(what, until, gateway):
                    until = self.throttles[gateway].place_in_line(now) if gateway else until or now
                    return retry_or_bury(
                        what, max(1, round((until - now) * 1000)), left_ms=snapshot.left_ms, counts=False
                    )
                case Try(step, message_id, why):
                    id = message_id or self._new_message_id(job, is_first=not (attempts or snapshot.delivery_attempts))
                    with LogContext(message=id, gateway=step.gateway):
                        patience = self._patience(step, steps, attempts, unavailable, down)
                        result = await self._call_gateway(
                            job,
                            snapshot,
                            sms,
                            step,
                            id,
                            country=country,
                            by=by,
                            tried=tried,
                            why=why,
                            patience=patience,
                        )
                        attempt = await self._record_outcome(
                            result, message_id=id, gateway=step.gateway, country=country
                        )
                    note(message=id, gateway=step.gateway)  # for the line of the job
                    tried += 1
                    called.add(step.gateway)
                    if isinstance(result, Unreachable):
                        down[step.gateway] = (result.after or 0) * 1000
                    # A message that was not sent may be opened again; its earlier calls count no more.
                    attempts = [
                        one for one in attempts if one.message_id != id or one.outcome is not Outcome.UNREACHABLE
                    ]
                    attempts.append(attempt)

    def _new_message_id(self, job: SendJob, *, is_first: bool) -> str:
        """Return the id of an outgoing message for its first call of all, and a new one for any other."""
        return job.record if is_first and is_message_id(job.record) else new_id(MESSAGE_ID, self.random_bytes)

    def _patience(
        self,
        step: RouteStep,
        steps: Sequence[RouteStep],
        attempts: Sequence[DeliveryAttempt],
        unavailable: Mapping[str, Unavailable | None],
        down: Collection[str],
    ) -> float | None:
        """Return how long to wait for a gateway, in seconds; None where no other one could send in its place."""
        others = [other for other in steps if other.gateway != step.gateway]
        has_other = any(is_left(other, attempts, unavailable=unavailable, down=down) for other in others)
        return self.patience if has_other else None

    async def _call_gateway(
        self,
        job: SendJob,
        snapshot: SendSnapshot,
        sms: RenderedSms,
        step: RouteStep,
        id: str,
        *,
        country: str,
        by: str,
        tried: int,
        why: str,
        patience: float | None,
    ) -> Accepted | GatewayError:
        """Open the message and call the gateway; return its errors as results. Record a bug as unsure, and raise it.

        A call that takes longer than `patience` may have sent the message. Where the vendor returns no number of
        segments, it is measured from the text as a phone would count it.
        """
        gateway = self.gateways[step.gateway]
        with self.throttles[step.gateway].acquire(self.clock, has_code=snapshot.has_code) as slot:
            now = await self.messages.open(
                job,
                message_id=id,
                gateway=gateway.name,
                by=by,
                tried=tried,
                why=why,
                country=country,
                sender=step.shown_sender(sms.app.templates.sender) if snapshot.is_message else "",
            )
            message = sms.message(id, route_step=step, now=now)
            try:
                async with asyncio.timeout(patience):
                    accepted = await gateway.send(message)
                slot.outcome = (
                    accepted if accepted.segments else replace(accepted, segments=measure(message.text).segments)
                )
            except (Refused, Unreachable, Unsure) as outcome:
                slot.outcome = outcome
            except TimeoutError:
                slot.outcome = Unsure("The gateway took longer than the next one waits for.", word="too slow")
            except Exception:
                bug = Bug("A bug.", word="bug")
                await self._record_outcome(bug, message_id=id, gateway=gateway.name, country=country)
                raise
        if slot.change:
            log.warning(slot.change, **_cause(slot.outcome))
        if isinstance(slot.outcome, Accepted) and snapshot.requested_at and sms.code:
            HANDOVER_SECONDS.observe(max(0, now - snapshot.requested_at) / 1000)
        return slot.outcome

    async def _record_outcome(
        self, result: Accepted | GatewayError, *, message_id: str, gateway: str, country: str
    ) -> DeliveryAttempt:
        """Store, count and log the outcome of a gateway call; return the attempt with the message's new status."""
        charge = None
        if isinstance(result, Accepted):
            charge = self.costs.of_accepted(result, gateway=gateway, country=country)
        attempt = await self.messages.record_outcome(
            result,
            message_id=message_id,
            gateway=gateway,
            charge=charge,
            patience_ms=self.report_wait * 1000 if len(self.gateways) > 1 else 0,
        )
        facts = {"outcome": attempt.outcome, "message_status": attempt.status, **_cause(result)}
        if attempt.reason:
            facts["reason"] = attempt.reason
        log.info("delivery_attempt", **facts)
        DELIVERY_ATTEMPTS.count(gateway, country, attempt.outcome, attempt.reason or "")
        if attempt.status is not Status.UNKNOWN:
            MESSAGES.count(gateway, country, attempt.status)
        return attempt


def _cause(outcome: Accepted | GatewayError | None) -> dict[str, str]:
    """Return the reason of a failure and the vendor's own word for it, where a log may hold it."""
    if not isinstance(outcome, GatewayError):
        return {}
    word = outcome.loggable_word
    return {"reason": outcome.reason, **({"word": word} if word else {})}
