"""Reading a verification with its sends and messages."""

from secrets import token_urlsafe

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.gateway import Refused, Unreachable
from app.domain.jobs import SendJob
from app.domain.message import Accepted
from app.domain.status import Reason, Status
from app.domain.verification import State
from tests.support.actions import check, read_verification, resend, start_verification, start_with_code, wrong_code
from tests.support.builders import PHONE
from tests.support.fake_gateways import FakeGateway, deliver_job
from tests.support.messages import apply_report, report_job


async def test_a_new_verification_is_pending(container, clock):
    verification = await start_verification(container, purpose="payment", reference="cart-77")

    view = await read_verification(container, verification.id)

    assert (view.id, view.state, view.phone.e164, view.purpose) == (verification.id, State.PENDING, PHONE, "payment")
    assert (view.reference, view.created_at, view.expires_at) == ("cart-77", clock(), clock() + 300_000)
    assert (view.ended_at, view.attempts_left, view.sends_left) == (None, 5, 2)
    assert [(send.at, send.messages) for send in view.sends] == [(clock(), [])]


async def test_a_verification_without_a_reference_has_none(container):
    assert (await read_verification(container, (await start_verification(container)).id)).reference is None


async def test_an_ended_verification_has_its_end_time(container, clock):
    expired = await start_verification(container)
    clock.tick(seconds=300)
    approved, code = await start_with_code(container)
    clock.tick(seconds=1)
    await check(container, code, id=approved)
    locked, code = await start_with_code(container)
    clock.tick(seconds=1)
    for _ in range(5):
        with pytest.raises(Exception, match="wrong"):
            await check(container, wrong_code(code), id=locked)

    ends = {
        (await read_verification(container, id)).state: (await read_verification(container, id)).ended_at
        for id in (expired.id, approved, locked)
    }
    assert ends == {State.EXPIRED: clock() - 2000, State.APPROVED: clock() - 1000, State.LOCKED: clock()}


async def test_each_send_lists_its_messages_with_the_vendors_words(container, clock):
    fake_gateway = FakeGateway(Unreachable("away", word="E503"), Accepted("v-1", segments=1, price="0.05 EUR"))
    verification = await start_verification(container)
    requested_at = clock()
    await deliver_job(container, fake_gateway, SendJob(verification.id, 1))
    clock.tick(seconds=1)
    await deliver_job(container, fake_gateway, SendJob(verification.id, 1))
    await apply_report(
        container, report_job(container, "delivered", word="handset", reference=fake_gateway.sent[-1].id)
    )
    clock.tick(seconds=30)
    await resend(container, verification.id)
    refusing = FakeGateway(Refused("no", reason=Reason.INVALID_NUMBER, word="E12"), name="other")
    await deliver_job(container, refusing, SendJob(verification.id, 2))

    first, second = (await read_verification(container, verification.id)).sends
    (message,) = first.messages
    assert (message.id, message.gateway, message.status) == (fake_gateway.sent[0].id, "carrier", Status.DELIVERED)
    assert (message.segments, message.price, message.reason) == (1, "0.05 EUR", None)
    assert [(moment.at - requested_at, moment.status, moment.word) for moment in message.history] == [
        (0, Status.QUEUED, ""),
        (0, Status.UNKNOWN, "E503"),
        (1000, Status.SENT, "accepted"),
        (1000, Status.DELIVERED, "handset"),
    ]
    (message,) = second.messages
    assert (message.gateway, message.status, message.reason) == ("other", Status.FAILED, Reason.INVALID_NUMBER)


async def test_the_verification_of_another_app_is_not_found(container):
    verification = await start_verification(container)

    with pytest.raises(NoPendingVerification):
        await read_verification(container, verification.id, app="bank")


async def test_a_record_with_a_dropped_key_is_not_found(make_container):
    """A secret that left the rotation too early makes its records unreadable, but causes no 500."""
    old, new = (f"{id}:{token_urlsafe(32)}" for id in ("old", "new"))
    async with make_container(secrets=old) as container:
        verification = await start_verification(container)
    async with make_container(secrets=new) as container:
        with pytest.raises(NoPendingVerification):
            await read_verification(container, verification.id)
