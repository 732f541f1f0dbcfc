"""Twilio's status callbacks."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from app.domain.errors import BadReport, InvalidRequest
from app.domain.message import Report
from app.domain.status import Reason, Status
from app.gateways.twilio import STATUS, Twilio
from tests.support.gateway_contract import MESSAGE, SECRET, make_gateway_client
from tests.support.report_contract import NOW, OTHER_SECRET
from tests.support.twilio import SETTINGS, recorded, signed, status_callback


@pytest.fixture
def twilio():
    return Twilio(Twilio.Settings(**SETTINGS, secondary_auth_token=OTHER_SECRET), make_gateway_client())


@pytest.mark.parametrize(
    ("name", "status", "word", "reason"),
    [
        ("report_delivered.txt", Status.DELIVERED, "delivered", None),
        ("report_undelivered.txt", Status.UNDELIVERED, "undelivered 30003", Reason.UNREACHABLE_TEMPORARY),
    ],
)
async def test_the_documented_callbacks_are_read(twilio, name, status, word, reason):
    report_call = signed(status_callback(recorded(name), message=MESSAGE.id))

    assert await twilio.read_report(report_call, now=NOW) == [
        Report("SM1342fe1b2c904d1ab04f0fc7a58abca9", status, word, reason, MESSAGE.id, "15558675310")
    ]


async def test_an_incoming_sms_reports_nothing(twilio):
    """If the address is set for incoming messages, Twilio sends a response body back as an SMS."""
    assert await twilio.read_report(signed(status_callback(recorded("event_incoming.txt"))), now=NOW) == []
    assert twilio.acknowledgement == b""


async def test_a_signed_empty_call_reports_nothing(twilio):
    assert await twilio.read_report(signed(status_callback(b"")), now=NOW) == []
    with pytest.raises(BadReport):
        await twilio.read_report(status_callback(b""), now=NOW)


async def test_a_status_without_an_id_is_rejected(twilio):
    with pytest.raises(InvalidRequest):
        await twilio.read_report(signed(status_callback(b"MessageStatus=sent", message=MESSAGE.id)), now=NOW)


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
async def test_both_auth_tokens_verify_during_a_rotation(twilio, secret):
    report_call = signed(status_callback(recorded("report_delivered.txt")), secret=secret)

    assert len(await twilio.read_report(report_call, now=NOW)) == 1


async def test_the_signature_covers_the_message_reference(twilio):
    """The signature of the form does not mark where a name ends; the URL with the reference is unambiguous."""
    report_call = signed(status_callback(recorded("report_delivered.txt"), message=MESSAGE.id))
    moved = replace(report_call, url=report_call.url.replace(MESSAGE.id, "m-another"), query={"message": "m-another"})

    with pytest.raises(BadReport):
        await twilio.read_report(moved, now=NOW)


@pytest.mark.parametrize(("word", "status"), STATUS.items())
async def test_each_vendor_status_maps_to_a_status(twilio, word, status):
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
async def test_each_failure_code_maps_to_a_reason(twilio, code, status, reason):
    (report,) = await twilio.read_report(signed(_told("failed", code)), now=NOW)

    assert (report.status, report.reason, report.word) == (status, reason, f"failed {code}")


async def test_an_error_code_of_a_delivered_message_is_ignored(twilio):
    (report,) = await twilio.read_report(signed(_told("delivered", "30003")), now=NOW)

    assert (report.reason, report.word) == (None, "delivered")


def _told(word: str, code: str = ""):
    return status_callback(urlencode({"MessageSid": "SM1", "MessageStatus": word, "ErrorCode": code}).encode())
