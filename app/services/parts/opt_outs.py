"""Refuse an SMS to a recipient who opted out, without calling a gateway."""

from collections.abc import Sequence

from app.domain.app import App
from app.domain.gateway import Refused
from app.domain.jobs import SendJob
from app.domain.route import RouteStep
from app.domain.status import Reason
from app.services.parts.job_results import Completed
from app.store.messages import Messages, SendSnapshot


def refusing_gateway(snapshot: SendSnapshot, steps: Sequence[RouteStep], app: App) -> str:
    """Return the gateway in whose name an SMS is refused, because of an opt-out that is stored; "" if none is.

    A code is refused by the gateway that reported the opt-out. Another message is refused where the recipient opted out
    of any sender of its route, unless its purpose is transactional: a STOP to one sender is not answered by the next.
    """
    if snapshot.opted_out_at:
        return snapshot.opted_out_at
    if snapshot.purpose in app.messages.transactional:
        return ""
    opted_out, own = snapshot.opted_out_senders, app.templates.sender
    return next((step.gateway for step in steps if step.shown_sender(own) in opted_out), "")


async def refuse(
    messages: Messages, job: SendJob, snapshot: SendSnapshot, *, message_id: str, gateway: str, by: str, country: str
) -> Completed:
    """Store the refusal in the name of a gateway; what is in transit already stays sent."""
    if any(one.is_in_transit for one in snapshot.delivery_attempts):
        return Completed("sent")
    await messages.open(
        job, message_id=message_id, gateway=gateway, by=by, tried=snapshot.tried, why="", country=country
    )
    result = Refused("The recipient opted out.", reason=Reason.OPTED_OUT, word="remembered")
    await messages.record_outcome(result, message_id=message_id, gateway=gateway)
    return Completed(f"refused_{Reason.OPTED_OUT}")
