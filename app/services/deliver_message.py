"""A worker hands one SMS to a gateway, and to the next where that one fails, within the life of the code."""

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
from app.logs import log
from app.services.parts.choose_gateway import Delay, Finished, Try, choose_gateway
from app.services.parts.code_generation import RandomBytes, new_id
from app.services.parts.render_message import RenderedSms, RenderError, render_message
from app.store.messages import ConcurrentUpdate, Messages, SendSnapshot

_MAX_RUN_S = 20.0  # seconds; a job that is 60 s in its stream would shut the API: the queue looks stuck
_WAITS_MS = (500, 1000, 2000, 4000, 8000, 15000, 30000, 60000)


@dataclass(frozen=True, slots=True)
class Completed:
    """Nothing is left to do; `what` is the word for the log."""

    what: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after a wait; it counts as a try where a gateway was asked."""

    what: str
    wait_ms: int
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Bury:
    """An operator should see it."""

    what: str


JobResult = Completed | Retry | Bury


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """What a worker needs to hand messages over; `clock` is the gates', seconds that never go back."""

    gateways: Mapping[str, Gateway]
    throttles: Mapping[str, GatewayThrottle]
    routes: Routes
    messages: Messages
    apps: Mapping[str, App]
    keyring: Keyring
    random_bytes: RandomBytes
    clock: Callable[[], float]
    report_wait: int  # seconds without a report after which the next gateway is asked; 0 never


async def deliver_message(job: SendJob, *, by: str, tries: int, delivery: DeliveryContext) -> JobResult:
    """Send one SMS unless it was sent or its verification has ended; the worker does what this decides.

    `by` names the job through all its lives. A message is opened before its gateway is called and
    settled after: whoever takes the job from a dead worker sees that a call was in hand, and treats
    it as one that may have gone out.
    """
    try:
        view = await delivery.messages.look(job)
        if not job.replayed and any(
            one.outcome is Outcome.IN_PROGRESS and one.job != by for one in view.delivery_attempts
        ):
            return Completed("in_other_hands")  # that job goes on by itself when its call ends, or dies and is claimed
        for one in view.delivery_attempts:
            if one.outcome is Outcome.IN_PROGRESS and one.job == by:
                await delivery.messages.leave(one)
        written = render_message(view, verification=job.verification, apps=delivery.apps, keyring=delivery.keyring)
        if view.opted_out_at:
            return await _refuse_opted_out(job, view, by=by, delivery=delivery)
        return await _try_gateways(job, view, written, by=by, tries=tries, delivery=delivery)
    except NoPendingVerification:
        return Completed("dropped")
    except ConcurrentUpdate:
        # Not done: who overtook us may hold this very job, and to finish it would take it out of those hands.
        return Retry("overtaken", _WAITS_MS[0], counts=False)
    except RenderError as error:
        return _retry_or_bury(error.what, _wait_ms(tries), view)


async def _try_gateways(
    job: SendJob, view: SendSnapshot, written: RenderedSms, *, by: str, tries: int, delivery: DeliveryContext
) -> JobResult:
    """Ask one gateway after the other until the SMS is on its way, or nobody is left."""
    route_steps = delivery.routes.route_steps(country_of(written.to), f"{job.verification}|{job.send}")
    kept = [one for one in view.delivery_attempts if one.job == by or one.is_in_transit or one.concerns_number]
    delivery_attempts = kept if job.replayed else list(view.delivery_attempts)
    down: dict[str, int] = {}  # gateways that were unreachable just now, and what they asked for in milliseconds
    tried, began = view.tried, delivery.clock()
    while True:
        now = delivery.clock()
        if now - began > _MAX_RUN_S:
            return _retry_or_bury(
                "slow", 1, view, counts=False
            )  # what reports and people have said meanwhile counts then
        looks = {route_step.gateway: delivery.throttles[route_step.gateway].look(now) for route_step in route_steps}
        safe = {
            route_step.gateway for route_step in route_steps if delivery.gateways[route_step.gateway].repeats_safely
        }
        match choose_gateway(
            route_steps, delivery_attempts, unavailable=looks, safe=safe, down=down, silent=job.silent
        ):
            case Finished(what, hopeless):
                return Bury(what) if hopeless else Completed(what)
            case Delay(what, None):
                return _retry_or_bury(what, max(_wait_ms(tries), min(down.values(), default=0)), view)
            case Delay(what, until):
                return _retry_or_bury(what, max(1, round(((until or now) - now) * 1000)), view, counts=False)
            case Try(route_step, message_id, why):
                id = message_id or new_id("ms", delivery.random_bytes)
                with delivery.throttles[route_step.gateway].acquire(delivery.clock) as slot:
                    at = await delivery.messages.open(
                        job, message_id=id, gateway=route_step.gateway, by=by, tried=tried, why=why
                    )
                    message = written.message(id, route_step=route_step, now=at)
                    told = slot.outcome = await _call_gateway(delivery.gateways[route_step.gateway], message, delivery)
                tried += 1
                if isinstance(told, Unreachable):
                    down[route_step.gateway] = (told.after or 0) * 1000
                unsent = [
                    one for one in delivery_attempts if one.message_id == id and one.outcome is Outcome.UNREACHABLE
                ]
                delivery_attempts = [one for one in delivery_attempts if one not in unsent]
                delivery_attempts.append(
                    await _record_outcome(told, message_id=id, gateway=route_step.gateway, delivery=delivery)
                )


async def _record_outcome(
    told: Accepted | GatewayError, *, message_id: str, gateway: str, delivery: DeliveryContext
) -> DeliveryAttempt:
    """Remember what a gateway said, and log it; tells where the message then stands."""
    delivery_attempt = await delivery.messages.settle(
        told,
        message_id=message_id,
        gateway=gateway,
        vendor_name=delivery.keyring.name("vendor", told.id) if isinstance(told, Accepted) else "",
        patience_ms=delivery.report_wait * 1000 if len(delivery.gateways) > 1 else 0,
    )
    word = told.tellable_word if isinstance(told, GatewayError) else ""
    facts = {
        "outcome": delivery_attempt.outcome,
        "stands": delivery_attempt.status,
        "reason": delivery_attempt.reason,
        "word": word,
    }
    log.info("handover", gateway=gateway, message=message_id, **{name: value for name, value in facts.items() if value})
    return delivery_attempt


async def _call_gateway(gateway: Gateway, message: Message, delivery: DeliveryContext) -> Accepted | GatewayError:
    """Call the gateway; its errors are answers too. A bug of ours leaves us in doubt, and goes on to the log.

    Where the vendor does not say how many segments it took, it is what a phone would count.
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


async def _refuse_opted_out(job: SendJob, view: SendSnapshot, *, by: str, delivery: DeliveryContext) -> JobResult:
    """Refuse in the words of the gateway that was told to stop, without asking any."""
    if any(one.is_in_transit for one in view.delivery_attempts):
        return Completed("sent")
    id, name = new_id("ms", delivery.random_bytes), view.opted_out_at
    await delivery.messages.open(job, message_id=id, gateway=name, by=by, tried=view.tried, why="")
    told = Refused("The person opted out.", reason=Reason.OPTED_OUT, word="remembered")
    await delivery.messages.settle(told, message_id=id, gateway=name, vendor_name="")
    return Completed(f"refused_{Reason.OPTED_OUT}")


def _wait_ms(tries: int) -> int:
    return _WAITS_MS[min(tries, len(_WAITS_MS) - 1)]


def _retry_or_bury(what: str, wait_ms: int, view: SendSnapshot, *, counts: bool = True) -> JobResult:
    """Come back within the life of the code, or leave it to an operator."""
    return Retry(what, wait_ms, counts=counts) if wait_ms < view.expires_at - view.now else Bury(what)
