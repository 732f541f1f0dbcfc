from dataclasses import replace
from urllib.parse import urlencode

import pytest

from app.domain.errors import BadReport, InvalidRequest
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.twilio import STATUS, Twilio
from tests.support.gateway_contract import MESSAGE, SECRET, make_wire
from tests.support.report_contract import NOW, OTHER_SECRET
from tests.support.twilio import SETTINGS, called, recorded, signed


@pytest.fixture
def twilio():
    return Twilio(Twilio.Settings(**SETTINGS, secondary_auth_token=OTHER_SECRET), make_wire())


@pytest.mark.parametrize(
    ("name", "status", "word", "reason"),
    [
        ("report_delivered.txt", Status.DELIVERED, "delivered", None),
        ("report_undelivered.txt", Status.UNDELIVERED, "undelivered 30003", Reason.UNREACHABLE_TEMPORARY),
    ],
)
async def test_a_documented_callback_is_read(twilio, name, status, word, reason):
    told = signed(called(recorded(name), message=MESSAGE.id))

    assert await twilio.read_report(told, now=NOW) == [
        Report("SM1342fe1b2c904d1ab04f0fc7a58abca9", status, word, reason, MESSAGE.id, "15558675310")
    ]


async def test_an_sms_that_came_in_is_let_pass(twilio):
    """Somebody gave this address for them; an answer with a text would be sent back as an SMS."""
    assert await twilio.read_report(signed(called(recorded("event_incoming.txt"))), now=NOW) == []
    assert twilio.acknowledgement == b""


async def test_an_empty_call_is_let_pass_if_twilio_signed_it(twilio):
    assert await twilio.read_report(signed(called(b"")), now=NOW) == []
    with pytest.raises(BadReport):
        await twilio.read_report(called(b""), now=NOW)


async def test_a_status_without_an_id_is_refused(twilio):
    with pytest.raises(InvalidRequest):
        await twilio.read_report(signed(called(b"MessageStatus=sent", message=MESSAGE.id)), now=NOW)


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
async def test_both_tokens_sign_while_they_are_exchanged(twilio, secret):
    told = signed(called(recorded("report_delivered.txt")), secret=secret)

    assert len(await twilio.read_report(told, now=NOW)) == 1


async def test_another_messages_reference_cannot_be_put_in_its_place(twilio):
    """The form leaves open where a name ends; the address, which tells whose report it is, does not."""
    told = signed(called(recorded("report_delivered.txt"), message=MESSAGE.id))
    moved = replace(told, url=told.url.replace(MESSAGE.id, "m-another"), query={"message": "m-another"})

    with pytest.raises(BadReport):
        await twilio.read_report(moved, now=NOW)


@pytest.mark.parametrize(("word", "status"), STATUS.items())
async def test_each_word_has_a_meaning(twilio, word, status):
    (report,) = await twilio.read_report(signed(_told(word)), now=NOW)

    assert report.status is status
    assert report.reason is (Reason.UNKNOWN if status in {Status.UNDELIVERED, Status.FAILED} else None)


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("30001", Status.FAILED, Reason.THROTTLED),
        ("30002", Status.FAILED, Reason.AUTH),
        ("30005", Status.FAILED, Reason.UNREACHABLE_PERMANENT),
        ("30006", Status.FAILED, Reason.UNREACHABLE_PERMANENT),
        ("30007", Status.FAILED, Reason.CONTENT_REJECTED),
        ("30008", Status.FAILED, Reason.UNKNOWN),
        ("30034", Status.FAILED, Reason.INVALID_SENDER),
        ("30036", Status.EXPIRED, Reason.EXPIRED),
        ("30450", Status.FAILED, Reason.BLOCKED_DESTINATION),
        ("31234", Status.FAILED, Reason.UNKNOWN),
    ],
)
async def test_a_failure_has_a_reason(twilio, code, status, reason):
    (report,) = await twilio.read_report(signed(_told("failed", code)), now=NOW)

    assert (report.status, report.reason, report.word) == (status, reason, f"failed {code}")


async def test_an_error_of_what_has_not_failed_is_no_reason(twilio):
    (report,) = await twilio.read_report(signed(_told("delivered", "30003")), now=NOW)

    assert (report.reason, report.word) == (None, "delivered")


def _told(word: str, code: str = ""):
    return called(urlencode({"MessageSid": "SM1", "MessageStatus": word, "ErrorCode": code}).encode())
