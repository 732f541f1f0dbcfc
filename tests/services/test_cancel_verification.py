"""The app thinks better of it."""

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.jobs import SendJob
from app.domain.verification import State
from app.services.deliver_message import Completed
from tests.support.actions import ask, ask_for_code, cancel, check, look
from tests.support.fake_gateways import Carrier, carry


async def test_a_canceled_verification_is_over(tools, clock):
    id, code = await ask_for_code(tools)
    clock.tick(seconds=7)

    await cancel(tools, id)

    view = await look(tools, id)
    assert (view.state, view.ended_at) == (State.CANCELED, clock())
    with pytest.raises(NoPendingVerification):
        await check(tools, code, id=id)


async def test_its_sms_is_not_sent_if_it_still_waits(tools):
    carrier = Carrier()
    standing = await ask(tools)
    await cancel(tools, standing.id)

    assert await carry(tools, carrier, SendJob(standing.id, 1)) == Completed("dropped")
    assert carrier.sent == []


async def test_what_has_ended_cannot_be_canceled(tools, clock):
    used, code = await ask_for_code(tools)
    overtaken = await ask(tools)
    await check(tools, code, id=used)
    expired = await ask(tools)
    clock.tick(seconds=300)

    for id in (used, overtaken.id, expired.id, "vf_none"):
        with pytest.raises(NoPendingVerification):
            await cancel(tools, id)


async def test_another_app_cannot_cancel(tools):
    id, code = await ask_for_code(tools)

    with pytest.raises(NoPendingVerification):
        await cancel(tools, id, app="bank")
    assert await check(tools, code, id=id)


async def test_the_number_keeps_what_it_spent_and_its_others(tools):
    other, code = await ask_for_code(tools)
    await cancel(tools, (await ask(tools)).id)

    assert (await ask(tools)).left.resend_at is None, "three sends in ten minutes, the canceled one too"
    assert await check(tools, code, id=other)
