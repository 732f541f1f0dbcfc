"""The app looks at a verification."""

from secrets import token_urlsafe

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.gateway import Refused, Unreachable
from app.domain.jobs import SendJob
from app.domain.message import Accepted
from app.domain.status import Reason, Status
from app.domain.verification import State
from tests.support.actions import ask, ask_again, ask_for_code, check, look, wrong
from tests.support.builders import PHONE
from tests.support.fake_gateways import Carrier, carry
from tests.support.messages import tell


async def test_a_new_verification_is_pending(container, clock):
    standing = await ask(container, purpose="payment", reference="cart-77")

    view = await look(container, standing.id)

    assert (view.id, view.state, view.phone.e164, view.purpose) == (standing.id, State.PENDING, PHONE, "payment")
    assert (view.reference, view.created_at, view.expires_at) == ("cart-77", clock(), clock() + 300_000)
    assert (view.ended_at, view.attempts_left, view.sends_left) == (None, 5, 2)
    assert [(send.at, send.messages) for send in view.sends] == [(clock(), [])]


async def test_without_a_reference_there_is_none(container):
    assert (await look(container, (await ask(container)).id)).reference is None


async def test_an_end_is_told_with_its_moment(container, clock):
    expired = await ask(container)
    clock.tick(seconds=300)
    approved, code = await ask_for_code(container)
    clock.tick(seconds=1)
    await check(container, code, id=approved)
    locked, code = await ask_for_code(container)
    clock.tick(seconds=1)
    for _ in range(5):
        with pytest.raises(Exception, match="wrong"):
            await check(container, wrong(code), id=locked)

    ends = {
        (await look(container, id)).state: (await look(container, id)).ended_at for id in (expired.id, approved, locked)
    }
    assert ends == {State.EXPIRED: clock() - 2000, State.APPROVED: clock() - 1000, State.LOCKED: clock()}


async def test_each_send_shows_its_messages_in_the_vendors_words_beside_ours(container, clock):
    carrier = Carrier(Unreachable("away", word="E503"), Accepted("v-1", segments=1, price="0.05 EUR"))
    standing = await ask(container)
    asked_at = clock()
    await carry(container, carrier, SendJob(standing.id, 1))
    clock.tick(seconds=1)
    await carry(container, carrier, SendJob(standing.id, 1))
    await container.messages.apply(tell(container, "delivered", word="handset", reference=carrier.sent[-1].id))
    clock.tick(seconds=30)
    await ask_again(container, standing.id)
    refusing = Carrier(Refused("no", reason=Reason.INVALID_NUMBER, word="E12"), name="other")
    await carry(container, refusing, SendJob(standing.id, 2))

    first, second = (await look(container, standing.id)).sends
    (message,) = first.messages
    assert (message.id, message.gateway, message.status) == (carrier.sent[0].id, "carrier", Status.DELIVERED)
    assert (message.segments, message.price, message.reason) == (1, "0.05 EUR", None)
    assert [(moment.at - asked_at, moment.status, moment.word) for moment in message.history] == [
        (0, Status.QUEUED, ""),
        (0, Status.UNKNOWN, "E503"),
        (1000, Status.SENT, "accepted"),
        (1000, Status.DELIVERED, "handset"),
    ]
    (message,) = second.messages
    assert (message.gateway, message.status, message.reason) == ("other", Status.FAILED, Reason.INVALID_NUMBER)


async def test_another_apps_verification_is_not_there(container):
    standing = await ask(container)

    with pytest.raises(NoPendingVerification):
        await look(container, standing.id, app="bank")


async def test_a_record_whose_key_was_dropped_is_unknown(make_container):
    """A secret that left the rotation too early costs the records that it sealed, and is no error of ours."""
    old, new = (f"{id}:{token_urlsafe(32)}" for id in ("old", "new"))
    async with make_container(secrets=old) as container:
        standing = await ask(container)
    async with make_container(secrets=new) as container:
        with pytest.raises(NoPendingVerification):
            await look(container, standing.id)
