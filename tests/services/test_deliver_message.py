"""A worker hands one SMS to a gateway, and decides what happens next."""

import pytest

from app.domain.gateway import Refused, Unreachable, Unsure
from app.domain.jobs import SendJob
from app.domain.message import Accepted
from app.domain.status import Reason, Status
from app.services.deliver_message import Bury, Completed, Retry
from tests.support.actions import ask, ask_again, cancel, check, look
from tests.support.builders import PHONE
from tests.support.fake_gateways import Carrier, carry
from tests.support.secrets import make_secret

ABOUT_THE_NUMBER = [reason for reason in Reason if reason.concerns_number]
ABOUT_THE_GATEWAY = [reason for reason in Reason if not reason.concerns_number]


@pytest.fixture
async def job(container):
    return SendJob((await ask(container)).id, 1)


async def messages_of(container, job):
    view = await look(container, job.verification)
    return [message for send in view.sends for message in send.messages]


async def test_an_accepted_message_is_done(container, job):
    carrier = Carrier()

    assert await carry(container, carrier, job) == Completed("sent")

    (message,) = carrier.sent
    assert (message.to.e164, message.valid_for) == (PHONE, 300)
    assert message.id.startswith("ms_")
    assert [one.status for one in await messages_of(container, job)] == [Status.SENT]


async def test_the_code_in_the_sms_is_the_right_one(container, job):
    carrier = Carrier()
    await carry(container, carrier, job)

    assert await check(container, carrier.codes[0], id=job.verification)


async def test_the_text_tells_how_long_the_code_still_works(container, clock, job):
    carrier = Carrier()
    clock.tick(seconds=170)
    await carry(container, carrier, job)

    assert " 2 min" in carrier.sent[0].text
    assert carrier.sent[0].valid_for == 130


@pytest.mark.parametrize(("told", "segments"), [(None, 2), (3, 3)])
async def test_a_message_has_its_segments_whether_the_vendor_tells_them_or_not(make_container, told, segments):
    """They are what is paid for; the vendor's word goes before ours."""
    async with make_container(
        texts='{"login": {"*": "{code} \u0436"}}', autofill_host=f"{'h' * 60}.example"
    ) as container:
        job = SendJob((await ask(container)).id, 1)
        await carry(container, Carrier(Accepted("v-1", segments=told)), job)

        assert [message.segments for message in await messages_of(container, job)] == [segments]


async def test_each_app_speaks_for_itself(make_container):
    """Its people know its name, and its pages are where the phone may fill the code in."""
    own = '{"bank": {"brand": "Bank", "sender": "Bank", "autofill_host": "bank.example"}}'
    async with make_container(apps=own, brand="Acme", autofill_host="acme.example") as container:
        carrier = Carrier()
        for app in ("bank", "dev"):
            await carry(container, carrier, SendJob((await ask(container, app=app)).id, 1))

    banks, ours = carrier.sent
    assert ("voor Bank." in banks.text, "@bank.example #" in banks.text, banks.sender) == (True, True, "Bank")
    assert ("voor Acme." in ours.text, "@acme.example #" in ours.text, ours.sender) == (True, True, "")


async def test_a_message_of_an_app_that_this_worker_does_not_know_waits(make_container, container):
    """Its settings are a step ahead or behind, as with a key in rotation: another worker may know it."""
    standing = await ask(container, app="bank")
    async with make_container(apps="{}") as other:
        assert await carry(other, Carrier(), SendJob(standing.id, 1)) == Retry("unknown_app", 500)


async def test_vendors_do_not_learn_the_verifications_id(container, job):
    carrier = Carrier()
    await carry(container, carrier, job)

    assert job.verification not in f"{carrier.sent[0].id} {carrier.sent[0].text}"


@pytest.mark.parametrize("reason", ABOUT_THE_NUMBER)
async def test_a_number_that_no_gateway_would_reach_is_the_end(container, job, reason):
    assert await carry(container, Carrier(Refused("no", reason=reason)), job) == Completed(f"refused_{reason}")
    assert [(one.status, one.reason) for one in await messages_of(container, job)] == [(Status.FAILED, reason)]


@pytest.mark.parametrize("reason", ABOUT_THE_GATEWAY)
async def test_a_gateway_that_refuses_us_is_for_an_operator(container, job, reason):
    assert await carry(container, Carrier(Refused("no", reason=reason)), job) == Bury(f"refused_{reason}")


@pytest.mark.parametrize(
    ("after", "tries", "wait_ms"), [(None, 0, 500), (None, 3, 4000), (None, 99, 60_000), (7, 0, 7000), (1, 4, 8000)]
)
async def test_an_unreachable_gateway_is_asked_again_with_growing_waits(container, job, after, tries, wait_ms):
    """And not before it wants to be."""
    answer = await carry(container, Carrier(Unreachable("away", after=after)), job, tries=tries)

    assert answer == Retry("unreachable", wait_ms)


@pytest.mark.parametrize(("after", "is_in_time"), [(299, True), (300, False), (86_400, False)])
async def test_nobody_waits_longer_than_the_code_lives(container, job, after, is_in_time):
    answer = await carry(container, Carrier(Unreachable("away", after=after)), job)

    assert answer == (Retry("unreachable", after * 1000) if is_in_time else Bury("unreachable"))


async def test_after_an_unreachable_gateway_it_is_still_the_same_message(container, job):
    carrier = Carrier(Unreachable("away"), Unreachable("away"))
    for _ in range(3):
        await carry(container, carrier, job)

    assert len({message.id for message in carrier.sent}) == 1
    assert len(await messages_of(container, job)) == 1


async def test_a_doubtful_message_is_sent_once_more_and_no_more(container, job):
    """The code is the same, so a duplicate does no harm; two are enough."""
    carrier = Carrier(Unsure("?"), Unsure("?"))

    assert await carry(container, carrier, job) == Bury("unsure")
    assert carrier.codes[0] == carrier.codes[1]
    assert len({message.id for message in carrier.sent}) == 2, "each may have been sent, so each is reported by itself"


async def test_a_doubt_that_is_cleared_up_is_done(container, job):
    assert await carry(container, Carrier(Unsure("?"), Accepted("v-1")), job) == Completed("sent")


async def test_doubts_are_counted_for_each_send(container, clock, job):
    carrier = Carrier(Unsure("?"), Unsure("?"), Unsure("?"))
    await carry(container, carrier, job)
    clock.tick(seconds=30)
    await ask_again(container, job.verification)

    assert await carry(container, carrier, SendJob(job.verification, 2)) == Completed("sent")


async def test_what_was_sent_is_not_sent_again(container, job):
    """A worker that died after the gateway's answer leaves its job to another."""
    carrier = Carrier()
    await carry(container, carrier, job)

    assert await carry(container, carrier, job) == Completed("sent")
    assert len(carrier.sent) == 1


@pytest.mark.parametrize("end", ["canceled", "expired", "forgotten"])
async def test_what_has_ended_is_dropped(container, clock, redis, key, job, end):
    carrier = Carrier()
    match end:
        case "canceled":
            await cancel(container, job.verification)
        case "expired":
            clock.tick(seconds=300)
        case "forgotten":
            await redis.delete(key("verification", job.verification))

    assert await carry(container, carrier, job) == Completed("dropped")
    assert carrier.sent == []


async def test_a_bug_in_a_gateway_is_not_taken_for_an_answer(container, job):
    with pytest.raises(ZeroDivisionError):
        await carry(container, Carrier(ZeroDivisionError()), job)


@pytest.mark.parametrize("resend_code", ["same", "new"])
async def test_a_code_whose_key_this_worker_lacks_waits_for_one_that_has_it(make_container, clock, resend_code):
    """In a rotation another worker has it; the code's own key, or that of the number, which a new code keeps."""
    carrier = Carrier()
    async with make_container(secrets=make_secret("old"), resend_code=resend_code) as container:
        standing = await ask(container)
    async with make_container(
        secrets=f"{make_secret('new')},{make_secret('old')}", resend_code=resend_code
    ) as container:
        clock.tick(seconds=30)
        await ask_again(container, standing.id)
    async with make_container(secrets=make_secret("new"), resend_code=resend_code) as container:
        assert await carry(container, carrier, SendJob(standing.id, 2)) == Retry("unknown_key", 500)

    assert carrier.sent == []
