"""Send one SMS through a gateway, and through the next when that one fails, until the code expires."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.domain.app import App
from app.domain.delivery_attempt import DeliveryAttempt, Outcome
from app.domain.errors import NoPendingVerification
from app.domain.gateway import Gateway, GatewayError, Refused, Unreachable, Unsure
from app.domain.gateway_throttle import GatewayThrottle
from app.domain.jobs import SendJob
from app.domain.keyring import Keyring
from app.domain.message import Accepted, Message
from app.domain.phone_number import country_of
from app.domain.route import Routes
from app.domain.sms_segments import measure
from app.domain.status import Reason
from app.logs import log, log_context
from app.services.parts.choose_gateway import Delay, Finished, Try, choose_gateway
from app.services.parts.code_generation import RandomBytes, new_id
from app.services.parts.render_message import RenderedSms, RenderError, render_message
from app.store.messages import ConcurrentUpdate, Messages, SendSnapshot

_MAX_RUN_S = 20.0  # seconds; a job that is 60 s in its stream makes the API answer 503, since the queue looks stuck
_WAITS_MS = (500, 1000, 2000, 4000, 8000, 15000, 30000, 60000)


@dataclass(frozen=True, slots=True)
class Completed:
    """The job is done; `what` is the outcome in the log."""

    what: str


@dataclass(frozen=True, slots=True)
class Retry:
    """The job runs again after a wait; `counts` is whether this run counts as a try."""

    what: str
    wait_ms: int
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Bury:
    """The job becomes a dead letter for an operator; `what` is the reason."""

    what: str


JobResult = Completed | Retry | Bury


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """Everything a worker needs to send messages; `clock` is the throttles' monotonic clock, in seconds."""

    gateways: Mapping[str, Gateway]
    throttles: Mapping[str, GatewayThrottle]
    routes: Routes
    messages: Messages
    apps: Mapping[str, App]
    keyring: Keyring
    random_bytes: RandomBytes
    clock: Callable[[], float]
    report_wait: int  # seconds without a report after which the next gateway is tried; 0 disables it


async def deliver_message(job: SendJob, *, by: str, tries: int, delivery: DeliveryContext) -> JobResult:
    """Send one SMS unless it was sent or its verification has ended; return what the worker does with the job.

    `by` identifies the job across its retries. A message is opened before its gateway is called and
    settled after: a worker that claims the job from a dead one sees that a call was in progress, and
    treats it as one that may have been sent.
    """
    try:
        snapshot = await delivery.messages.read_send(job)
        if not job.replayed and any(
            one.outcome is Outcome.IN_PROGRESS and one.job != by for one in snapshot.delivery_attempts
        ):
            # The other job continues when its call ends, or is claimed when its worker dies.
            return Completed("in_progress_elsewhere")
        for one in snapshot.delivery_attempts:
            if one.outcome is Outcome.IN_PROGRESS and one.job == by:
                await delivery.messages.mark_abandoned(one)
        sms = render_message(snapshot, verification=job.verification, apps=delivery.apps, keyring=delivery.keyring)
        if snapshot.opted_out_at:
            return await _refuse_opted_out(job, snapshot, by=by, delivery=delivery)
        return await _try_gateways(job, snapshot, sms, by=by, tries=tries, delivery=delivery)
    except NoPendingVerification:
        return Completed("dropped")
    except ConcurrentUpdate:
        # Not completed: the concurrent worker may hold this same job, and completing it would delete it there.
        return Retry("overtaken", _WAITS_MS[0], counts=False)
    except RenderError as error:
        return _retry_or_bury(error.what, _wait_ms(tries), snapshot)


async def _try_gateways(
    job: SendJob, snapshot: SendSnapshot, sms: RenderedSms, *, by: str, tries: int, delivery: DeliveryContext
) -> JobResult:
    """Call one gateway after another until one accepts the SMS or none is left."""
    route_steps = delivery.routes.route_steps(country_of(sms.to), f"{job.verification}|{job.send}")
    relevant = [one for one in snapshot.delivery_attempts if one.job == by or one.is_in_transit or one.concerns_number]
    delivery_attempts = relevant if job.replayed else list(snapshot.delivery_attempts)
    down: dict[str, int] = {}  # gateways unreachable in this run, with their Retry-After in milliseconds
    tried, began = snapshot.tried, delivery.clock()
    while True:
        now = delivery.clock()
        if now - began > _MAX_RUN_S:
            # The next run reads the reports and opt-outs that arrived meanwhile.
            return _retry_or_bury("slow", 1, snapshot, counts=False)
        unavailable = {
            route_step.gateway: delivery.throttles[route_step.gateway].check(now) for route_step in route_steps
        }
        safe = {
            route_step.gateway for route_step in route_steps if delivery.gateways[route_step.gateway].repeats_safely
        }
        match choose_gateway(
            route_steps, delivery_attempts, unavailable=unavailable, safe=safe, down=down, silent=job.silent
        ):
            case Finished(what, hopeless):
                return Bury(what) if hopeless else Completed(what)
            case Delay(what, None):
                return _retry_or_bury(what, max(_wait_ms(tries), min(down.values(), default=0)), snapshot)
            case Delay(what, until):
                return _retry_or_bury(what, max(1, round(((until or now) - now) * 1000)), snapshot, counts=False)
            case Try(route_step, message_id, why):
                id = message_id or new_id("ms", delivery.random_bytes)
                ids = log_context(message=id, gateway=route_step.gateway)
                with ids, delivery.throttles[route_step.gateway].acquire(delivery.clock) as slot:
                    at = await delivery.messages.open(
                        job, message_id=id, gateway=route_step.gateway, by=by, tried=tried, why=why
                    )
                    message = sms.message(id, route_step=route_step, now=at)
                    result = slot.outcome = await _call_gateway(
                        delivery.gateways[route_step.gateway], message, delivery
                    )
                tried += 1
                if isinstance(result, Unreachable):
                    down[route_step.gateway] = (result.after or 0) * 1000
                unsent = [
                    one for one in delivery_attempts if one.message_id == id and one.outcome is Outcome.UNREACHABLE
                ]
                delivery_attempts = [one for one in delivery_attempts if one not in unsent]
                delivery_attempts.append(
                    await _record_outcome(result, message_id=id, gateway=route_step.gateway, delivery=delivery)
                )


async def _record_outcome(
    result: Accepted | GatewayError, *, message_id: str, gateway: str, delivery: DeliveryContext
) -> DeliveryAttempt:
    """Store and log the outcome of a gateway call; return the delivery attempt with the message's new status."""
    delivery_attempt = await delivery.messages.settle(
        result,
        message_id=message_id,
        gateway=gateway,
        vendor_name=delivery.keyring.name("vendor", result.id) if isinstance(result, Accepted) else "",
        patience_ms=delivery.report_wait * 1000 if len(delivery.gateways) > 1 else 0,
    )
    reported_word = result.loggable_word if isinstance(result, GatewayError) else ""
    facts = {
        "outcome": delivery_attempt.outcome,
        "message_status": delivery_attempt.status,
        "reason": delivery_attempt.reason,
        "word": reported_word,
    }
    log.info(
        "delivery_attempt",
        gateway=gateway,
        message=message_id,
        **{name: value for name, value in facts.items() if value},
    )
    return delivery_attempt


async def _call_gateway(gateway: Gateway, message: Message, delivery: DeliveryContext) -> Accepted | GatewayError:
    """Call the gateway and return its errors as results; record a bug as unsure, and raise it.

    Where the vendor returns no number of segments, it is measured from the text as a phone would count it.
    """
    try:
        accepted = await gateway.send(message)
        return accepted if accepted.segments else replace(accepted, segments=measure(message.text).segments)
    except (Refused, Unreachable, Unsure) as outcome:
        return outcome
    except Exception:
        await _record_outcome(
            Unsure("A bug.", word="bug"), message_id=message.id, gateway=gateway.name, delivery=delivery
        )
        raise


async def _refuse_opted_out(job: SendJob, snapshot: SendSnapshot, *, by: str, delivery: DeliveryContext) -> JobResult:
    """Refuse a recipient that opted out, in the name of the gateway that reported it, without calling any."""
    if any(one.is_in_transit for one in snapshot.delivery_attempts):
        return Completed("sent")
    id, name = new_id("ms", delivery.random_bytes), snapshot.opted_out_at
    await delivery.messages.open(job, message_id=id, gateway=name, by=by, tried=snapshot.tried, why="")
    result = Refused("The recipient opted out.", reason=Reason.OPTED_OUT, word="remembered")
    await delivery.messages.settle(result, message_id=id, gateway=name, vendor_name="")
    return Completed(f"refused_{Reason.OPTED_OUT}")


def _wait_ms(tries: int) -> int:
    return _WAITS_MS[min(tries, len(_WAITS_MS) - 1)]


def _retry_or_bury(what: str, wait_ms: int, snapshot: SendSnapshot, *, counts: bool = True) -> JobResult:
    """Retry before the code expires, or bury the job."""
    return Retry(what, wait_ms, counts=counts) if wait_ms < snapshot.expires_at - snapshot.now else Bury(what)
