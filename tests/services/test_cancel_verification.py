"""The app thinks better of it."""

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.jobs import SendJob
from app.domain.verification import State
from app.services.deliver_message import Completed
from tests.support.actions import ask, ask_for_code, cancel, check, look
from tests.support.fake_gateways import Carrier, carry


async def test_a_canceled_verification_is_over(container, clock):
    id, code = await ask_for_code(container)
    clock.tick(seconds=7)

    await cancel(container, id)

    view = await look(container, id)
    assert (view.state, view.ended_at) == (State.CANCELED, clock())
    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id)


async def test_its_sms_is_not_sent_if_it_still_waits(container):
    carrier = Carrier()
    standing = await ask(container)
    await cancel(container, standing.id)

    assert await carry(container, carrier, SendJob(standing.id, 1)) == Completed("dropped")
    assert carrier.sent == []


async def test_what_has_ended_cannot_be_canceled(container, clock):
    used, code = await ask_for_code(container)
    overtaken = await ask(container)
    await check(container, code, id=used)
    expired = await ask(container)
    clock.tick(seconds=300)

    for id in (used, overtaken.id, expired.id, "vf_none"):
        with pytest.raises(NoPendingVerification):
            await cancel(container, id)


async def test_another_app_cannot_cancel(container):
    id, code = await ask_for_code(container)

    with pytest.raises(NoPendingVerification):
        await cancel(container, id, app="bank")
    assert await check(container, code, id=id)


async def test_the_number_keeps_what_it_spent_and_its_others(container):
    other, code = await ask_for_code(container)
    await cancel(container, (await ask(container)).id)

    assert (await ask(container)).left.resend_at is None, "three sends in ten minutes, the canceled one too"
    assert await check(container, code, id=other)
