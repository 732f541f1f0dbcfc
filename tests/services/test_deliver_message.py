"""Sending one SMS through one gateway: outcomes, retries and dead letters."""

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.jobs import SendJob
from app.domain.message import Accepted
from app.domain.status import Reason, Status
from app.services.deliver_message import Bury, Completed, Retry
from tests.support.actions import cancel, check, read_verification, resend, start_verification
from tests.support.builders import PHONE
from tests.support.fake_gateways import FakeGateway, deliver_job
from tests.support.secrets import make_secret

NUMBER_REASONS = [reason for reason in Reason if reason.concerns_number]
GATEWAY_REASONS = [reason for reason in Reason if not reason.concerns_number]


@pytest.fixture
async def job(container):
    return SendJob((await start_verification(container)).id, 1)


async def messages_of(container, job):
    view = await read_verification(container, job.record)
    return [message for send in view.sends for message in send.messages]


async def test_an_accepted_message_completes_the_job(container, job):
    fake_gateway = FakeGateway()

    assert await deliver_job(container, fake_gateway, job) == Completed("sent")

    (message,) = fake_gateway.sent
    assert (message.to.e164, message.valid_for) == (PHONE, 300)
    assert message.id.startswith("ms_")
    assert [one.status for one in await messages_of(container, job)] == [Status.SENT]


async def test_the_sms_contains_the_correct_code(container, job):
    fake_gateway = FakeGateway()
    await deliver_job(container, fake_gateway, job)

    assert await check(container, fake_gateway.codes[0], id=job.record)


async def test_a_vendor_that_writes_the_text_receives_the_bare_code(container, job):
    fake_gateway = FakeGateway()
    await deliver_job(container, fake_gateway, job)

    assert fake_gateway.sent[0].code == fake_gateway.codes[0]


async def test_the_text_states_the_remaining_lifetime(container, clock, job):
    fake_gateway = FakeGateway()
    clock.tick(seconds=170)
    await deliver_job(container, fake_gateway, job)

    assert " 2 min" in fake_gateway.sent[0].text
    assert fake_gateway.sent[0].valid_for == 130


@pytest.mark.parametrize(("reported", "segments"), [(None, 2), (3, 3)])
async def test_segments_come_from_the_vendor_or_are_measured(make_container, reported, segments):
    """Segments are billed; the vendor's number takes precedence over ours."""
    async with make_container(
        texts='{"login": {"*": "{code} \u0436"}}', autofill_host=f"{'h' * 60}.example"
    ) as container:
        job = SendJob((await start_verification(container)).id, 1)
        await deliver_job(container, FakeGateway(Accepted("v-1", segments=reported)), job)

        assert [message.segments for message in await messages_of(container, job)] == [segments]


async def test_each_app_uses_its_own_brand_and_sender(make_container):
    """Each app's SMS carries its own brand, sender and autofill host."""
    own = '{"bank": {"brand": "Bank", "sender": "Bank", "autofill_host": "bank.example"}}'
    async with make_container(apps=own, brand="Acme", autofill_host="acme.example") as container:
        fake_gateway = FakeGateway()
        for app in ("bank", "dev"):
            await deliver_job(container, fake_gateway, SendJob((await start_verification(container, app=app)).id, 1))

    banks, ours = fake_gateway.sent
    assert ("voor Bank." in banks.text, "@bank.example #" in banks.text, banks.sender) == (True, True, "Bank")
    assert ("voor Acme." in ours.text, "@acme.example #" in ours.text, ours.sender) == (True, True, "")


async def test_a_message_of_an_unknown_app_is_retried(make_container, container):
    """This worker's settings may be older or newer, as with a key in rotation: another worker may have the app."""
    verification = await start_verification(container, app="bank")
    async with make_container(apps="{}") as other:
        assert await deliver_job(other, FakeGateway(), SendJob(verification.id, 1)) == Retry("unknown_app", 500)


async def test_vendors_never_receive_the_verification_id(container, job):
    fake_gateway = FakeGateway()
    await deliver_job(container, fake_gateway, job)

    assert job.record not in f"{fake_gateway.sent[0].id} {fake_gateway.sent[0].text}"


@pytest.mark.parametrize("reason", NUMBER_REASONS)
async def test_a_refusal_that_concerns_the_number_completes_the_job(container, job, reason):
    assert await deliver_job(container, FakeGateway(Refused("no", reason=reason)), job) == Completed(
        f"refused_{reason}"
    )
    assert [(one.status, one.reason) for one in await messages_of(container, job)] == [(Status.FAILED, reason)]


@pytest.mark.parametrize("reason", GATEWAY_REASONS)
async def test_a_refusal_that_concerns_the_gateway_buries_the_job(container, job, reason):
    assert await deliver_job(container, FakeGateway(Refused("no", reason=reason)), job) == Bury(f"refused_{reason}")


@pytest.mark.parametrize(
    ("after", "tries", "wait_ms"), [(None, 0, 500), (None, 3, 4000), (None, 99, 60_000), (7, 0, 7000), (1, 4, 8000)]
)
async def test_an_unreachable_gateway_is_retried_with_growing_waits(container, job, after, tries, wait_ms):
    """The wait is never shorter than the vendor's Retry-After."""
    answer = await deliver_job(container, FakeGateway(Unreachable("away", after=after)), job, tries=tries)

    assert answer == Retry("unreachable", wait_ms)


@pytest.mark.parametrize(("after", "is_in_time"), [(299, True), (300, False), (86_400, False)])
async def test_a_retry_after_the_code_expires_is_buried(container, job, after, is_in_time):
    answer = await deliver_job(container, FakeGateway(Unreachable("away", after=after)), job)

    assert answer == (Retry("unreachable", after * 1000) if is_in_time else Bury("unreachable"))


async def test_a_retry_after_unreachable_reuses_the_message(container, job):
    fake_gateway = FakeGateway(Unreachable("away"), Unreachable("away"))
    for _ in range(3):
        await deliver_job(container, fake_gateway, job)

    assert len({message.id for message in fake_gateway.sent}) == 1
    assert len(await messages_of(container, job)) == 1


async def test_an_unsure_message_is_sent_again_after_growing_waits(container, job):
    """A vendor that fails for a while must not lose a person whose code lives: the code is the same."""
    fake_gateway = FakeGateway(*[Unsure("?")] * 5)

    results = [await deliver_job(container, fake_gateway, job, tries=tries) for tries in range(6)]

    assert results == [*(Retry("unsure", wait) for wait in (500, 1000, 2000, 4000, 8000)), Completed("sent")]
    assert len(set(fake_gateway.codes)) == 1
    assert len({message.id for message in fake_gateway.sent}) == 6, "each may have been sent, and has its own reports"


async def test_an_unsure_message_is_given_up_when_its_code_would_have_expired(container, clock, job):
    clock.tick(seconds=250)

    assert await deliver_job(container, FakeGateway(Unsure("?")), job, tries=7) == Bury("unsure")


async def test_a_sent_message_is_not_sent_again(container, job):
    """Another worker claims the job of one that died after the gateway's response."""
    fake_gateway = FakeGateway()
    await deliver_job(container, fake_gateway, job)

    assert await deliver_job(container, fake_gateway, job) == Completed("sent")
    assert len(fake_gateway.sent) == 1


@pytest.mark.parametrize("end", ["canceled", "expired", "forgotten"])
async def test_the_job_of_an_ended_verification_is_dropped(container, clock, redis, key, job, end):
    fake_gateway = FakeGateway()
    match end:
        case "canceled":
            await cancel(container, job.record)
        case "expired":
            clock.tick(seconds=300)
        case "forgotten":
            await redis.delete(key("verification", job.record))

    assert await deliver_job(container, fake_gateway, job) == Completed("dropped")
    assert fake_gateway.sent == []


async def test_a_bug_in_a_gateway_is_raised(container, job):
    with pytest.raises(ZeroDivisionError):
        await deliver_job(container, FakeGateway(ZeroDivisionError()), job)


@pytest.mark.parametrize("resend_code", ["same", "new"])
async def test_a_code_whose_key_this_worker_lacks_is_retried(make_container, clock, resend_code):
    """In a rotation another worker has the key of the code, or of the number, which a new code does not change."""
    fake_gateway = FakeGateway()
    async with make_container(secrets=make_secret("old"), resend_code=resend_code) as container:
        verification = await start_verification(container)
    async with make_container(
        secrets=f"{make_secret('new')},{make_secret('old')}", resend_code=resend_code
    ) as container:
        clock.tick(seconds=30)
        await resend(container, verification.id)
    async with make_container(secrets=make_secret("new"), resend_code=resend_code) as container:
        assert await deliver_job(container, fake_gateway, SendJob(verification.id, 2)) == Retry("unknown_key", 500)

    assert fake_gateway.sent == []


async def test_a_text_that_the_caller_wrote_is_sent_again_by_a_resend(container, clock):
    text = "{code} opens the door of {brand}.\n@{host} #{code} {hash}"
    id = (await start_verification(container, text=text)).id
    fake_gateway = FakeGateway()
    await deliver_job(container, fake_gateway, SendJob(id, 1))
    clock.tick(seconds=31)
    await resend(container, id)
    await deliver_job(container, fake_gateway, SendJob(id, 2))

    first, second = fake_gateway.sent
    assert first.text == second.text
    assert first.text.startswith(f"{first.code} opens the door of ")
