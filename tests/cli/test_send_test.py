"""`otp send-test`, with real HTTP to a scripted vendor and without Redis."""

import pytest

from tests.support.builders import PHONE, PUBLIC_URL
from tests.support.fake_vendor import Answer, Fault, unused_url
from tests.support.ports import free_port
from tests.support.smstools import SECRET, TOKEN, accounts

HIDDEN = ["612345678", SECRET, TOKEN, "acme"]


@pytest.fixture
def settings():
    """Development settings with a brand and an unreachable Redis."""
    return {
        "ENV": "development",
        "PUBLIC_URL": PUBLIC_URL,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "BRAND": "Acme",
    }


async def test_one_sms_is_sent_without_redis(otp_in_thread, settings, vendor):
    result = await otp_in_thread("send-test", PHONE, **settings, **accounts(vendor.url))

    assert result.exit_code == 0, result.output
    (request,) = vendor.requests
    assert request.target == "/smstools/message/send"
    assert request.json()["message"] == "Test of Acme. No action is needed."
    assert request.json()["to"] == PHONE.removeprefix("+")
    assert result.stdout == f"ok\tsmstools\taccepted: {request.json()['reference']}\n"


async def test_gateway_masked_number_and_cost_are_printed_first(otp_in_thread, settings, vendor):
    result = await otp_in_thread("send-test", PHONE, **settings, **accounts(vendor.url))

    first = result.stderr.splitlines()[0]
    assert first == "One SMS by smstools to +31*******78. It costs money."
    assert not [text for text in HIDDEN if text in result.output]


@pytest.mark.parametrize(
    ("args", "path"),
    [([], "two"), (["--gateway", "one"], "one"), (["--gateway", "spare"], "spare")],
)
async def test_gateway_is_chosen_by_country_or_by_option(otp_in_thread, settings, vendor, args, path):
    accounts_settings = accounts(vendor.url, "one", "two", "spare", routes={"*": ["one"], "NL": ["two", "one"]})

    result = await otp_in_thread("send-test", PHONE, *args, **settings, **accounts_settings)

    assert result.exit_code == 0
    assert [request.target for request in vendor.requests] == [f"/{path}/message/send"]
    assert result.stderr.startswith(f"One SMS by {path} to ")
    assert result.stdout.startswith(f"ok\t{path}\t")


async def test_sender_of_the_route_is_used(otp_in_thread, settings, vendor):
    routes = {"*": ["smstools"], "NL": [{"gateway": "smstools", "sender": "Bank"}]}

    for args in ([], ["--gateway", "smstools"]):
        await otp_in_thread("send-test", PHONE, *args, **settings, **accounts(vendor.url, routes=routes))

    assert [request.json()["sender"] for request in vendor.requests] == ["Bank", "Bank"]


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (
            Answer(400, json={"error": "103"}),
            "refused: invalid_number (103). Smstools refused the message.\n  Nothing was sent. ",
        ),
        (Answer(402), "refused: no_credit (HTTP 402). The gateway refused.\n  Nothing was sent. Top up the account."),
        (
            Answer(429, headers={"retry-after": "7"}),
            "unreachable: throttled (HTTP 429). The gateway is throttling.\n  Nothing was sent; a retry is safe. ",
        ),
        (
            Fault.RESET,
            "unsure: unknown. smstools did not answer: RemoteProtocolError.\n  It may have been sent: check the phone",
        ),
    ],
    ids=["number", "credit", "throttled", "reset"],
)
async def test_failure_prints_outcome_reason_code_and_advice(otp_in_thread, settings, vendor, response, expected):
    vendor.default_answer = response

    result = await otp_in_thread("send-test", PHONE, **settings, **accounts(vendor.url))

    assert result.exit_code == 1
    assert f"\n✗ smstools: {expected}" in result.stderr
    assert result.stdout == ""
    assert len(vendor.requests) == 1


async def test_failed_send_does_not_fail_over(otp_in_thread, settings, vendor):
    """The command tests one gateway."""
    vendor.default_answer = Answer(503)

    result = await otp_in_thread("send-test", PHONE, **settings, **accounts(vendor.url, "one", "two"))

    assert result.exit_code == 1
    assert [request.target for request in vendor.requests] == ["/one/message/send"]


async def test_vendor_text_is_not_printed(otp_in_thread, settings, vendor):
    echo = f"{PHONE} {SECRET} {TOKEN}"
    vendor.default_answer = Answer(400, json={"error": echo, "errorMsg": echo})

    result = await otp_in_thread("send-test", PHONE, **settings, **accounts(vendor.url))

    assert result.exit_code == 1
    assert not [text for text in HIDDEN if text in result.output]


async def test_inbox_receives_the_sms_if_the_service_is_running(otp_in_thread, settings, vendor):
    vendor.default_answer = Answer(201, json={"id": "p-1"})

    result = await otp_in_thread("send-test", PHONE, **settings | {"PUBLIC_URL": vendor.url})

    assert result.exit_code == 0
    assert result.stderr.startswith(
        "One SMS by inbox to +31*******78. It is a page of the service, which must be running."
    )
    assert vendor.requests[0].target == "/dev/inbox/messages"


def test_unreachable_inbox_advises_to_start_the_service(otp, settings):
    result = otp("send-test", PHONE, **settings | {"PUBLIC_URL": unused_url()})

    assert result.exit_code == 1
    assert "Start the service, like `otp dev`" in result.stderr


@pytest.mark.parametrize("number", ["0612345678", "hello", "+31", "+31201234567", ""])
def test_invalid_number_is_invalid_usage(otp, settings, number):
    result = otp("send-test", number, **settings)

    assert result.exit_code == 2
    assert result.stderr.startswith("✗ ")
    assert result.stdout == ""


def test_missing_number_is_invalid_usage(otp, settings):
    assert otp("send-test", **settings).exit_code == 2


def test_unknown_gateway_is_invalid_usage(otp, settings):
    result = otp("send-test", PHONE, "--gateway", "nobody", **settings, **accounts(unused_url()))

    assert result.exit_code == 2
    assert result.stderr == "✗ No gateway has this name. Configured: smstools, inbox.\n"
