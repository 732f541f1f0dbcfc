"""Canceling a verification."""

import pytest

from app.domain.errors import NoPendingVerification
from app.domain.jobs import SendJob
from app.domain.verification import State
from app.services.deliver_message import Completed
from tests.support.actions import cancel, check, read_verification, start_verification, start_with_code
from tests.support.fake_gateways import FakeGateway, deliver_job


async def test_a_canceled_verification_refuses_its_code(container, clock):
    id, code = await start_with_code(container)
    clock.tick(seconds=7)

    await cancel(container, id)

    view = await read_verification(container, id)
    assert (view.state, view.ended_at) == (State.CANCELED, clock())
    with pytest.raises(NoPendingVerification):
        await check(container, code, id=id)


async def test_a_queued_sms_of_a_canceled_verification_is_not_sent(container):
    fake_gateway = FakeGateway()
    verification = await start_verification(container)
    await cancel(container, verification.id)

    assert await deliver_job(container, fake_gateway, SendJob(verification.id, 1)) == Completed("dropped")
    assert fake_gateway.sent == []


async def test_cancel_refuses_an_ended_verification(container, clock):
    used, code = await start_with_code(container)
    superseded = await start_verification(container)
    await check(container, code, id=used)
    expired = await start_verification(container)
    clock.tick(seconds=300)

    for id in (used, superseded.id, expired.id, "vf_none"):
        with pytest.raises(NoPendingVerification):
            await cancel(container, id)


async def test_cancel_refuses_the_verification_of_another_app(container):
    id, code = await start_with_code(container)

    with pytest.raises(NoPendingVerification):
        await cancel(container, id, app="bank")
    assert await check(container, code, id=id)


async def test_cancel_refunds_no_sends_and_keeps_other_verifications(container):
    other, code = await start_with_code(container)
    await cancel(container, (await start_verification(container)).id)

    assert (await start_verification(container)).resend_at is None, "three sends in ten minutes, the canceled one too"
    assert await check(container, code, id=other)
