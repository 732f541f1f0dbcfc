"""`otp send-test`: one SMS now; real HTTP to a scripted vendor, and no Redis."""

import pytest

from tests.support.builders import PHONE, PUBLIC_URL
from tests.support.fake_vendor import Answer, Trouble, nobody
from tests.support.ports import free_port
from tests.support.smstools import SECRET, TOKEN, accounts

HIDDEN = ["612345678", SECRET, TOKEN, "acme"]


@pytest.fixture
def away():
    """Development whose Redis does not answer, with a brand."""
    return {
        "ENV": "development",
        "PUBLIC_URL": PUBLIC_URL,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "BRAND": "Acme",
    }


async def test_one_sms_goes_out_at_once_and_without_redis(otp_beside, away, vendor):
    answer = await otp_beside("send-test", PHONE, **away, **accounts(vendor.url))

    assert answer.exit_code == 0, answer.output
    (request,) = vendor.requests
    assert request.target == "/smstools/message/send"
    assert request.json()["message"] == "Test of Acme. No action is needed."
    assert request.json()["to"] == PHONE.removeprefix("+")
    assert answer.stdout == f"ok\tsmstools\taccepted: {request.json()['reference']}\n"


async def test_it_says_first_who_sends_to_whom_and_that_it_costs(otp_beside, away, vendor):
    answer = await otp_beside("send-test", PHONE, **away, **accounts(vendor.url))

    first = answer.stderr.splitlines()[0]
    assert first == "One SMS by smstools to +31*******78. It costs money, as every SMS does."
    assert not [said for said in HIDDEN if said in answer.output]


@pytest.mark.parametrize(
    ("words", "path"),
    [([], "two"), (["--gateway", "one"], "one"), (["--gateway", "spare"], "spare")],
)
async def test_it_goes_by_the_numbers_country_or_by_the_gateway_that_is_named(otp_beside, away, vendor, words, path):
    given = accounts(vendor.url, "one", "two", "spare", routes={"*": ["one"], "NL": ["two", "one"]})

    answer = await otp_beside("send-test", PHONE, *words, **away, **given)

    assert answer.exit_code == 0
    assert [request.target for request in vendor.requests] == [f"/{path}/message/send"]
    assert answer.stderr.startswith(f"One SMS by {path} to ")
    assert answer.stdout.startswith(f"ok\t{path}\t")


async def test_it_sends_as_whom_the_route_says(otp_beside, away, vendor):
    routes = {"*": ["smstools"], "NL": [{"gateway": "smstools", "sender": "Bank"}]}

    for words in ([], ["--gateway", "smstools"]):
        await otp_beside("send-test", PHONE, *words, **away, **accounts(vendor.url, routes=routes))

    assert [request.json()["sender"] for request in vendor.requests] == ["Bank", "Bank"]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Answer(400, json={"error": "103"}), "refused: invalid_number (103). Smstools refused.\n  Nothing was sent. "),
        (Answer(402), "refused: no_credit (HTTP 402). The gateway refused.\n  Nothing was sent. Top up the account."),
        (
            Answer(429, headers={"retry-after": "7"}),
            "unreachable: throttled (HTTP 429). The gateway is throttling.\n  Nothing was sent; trying again is safe. ",
        ),
        (
            Trouble.RESET,
            "unsure: unknown. smstools did not answer: ReadError.\n  It may have been sent: look at the phone before",
        ),
    ],
    ids=["number", "credit", "throttled", "reset"],
)
async def test_a_failure_says_outcome_reason_word_and_what_to_do(otp_beside, away, vendor, step, said):
    vendor.usually = step

    answer = await otp_beside("send-test", PHONE, **away, **accounts(vendor.url))

    assert answer.exit_code == 1
    assert f"\n✗ smstools: {said}" in answer.stderr
    assert answer.stdout == ""
    assert len(vendor.requests) == 1


async def test_a_gateway_that_fails_is_followed_by_no_other(otp_beside, away, vendor):
    """It is this one that was to be tried."""
    vendor.usually = Answer(503)

    answer = await otp_beside("send-test", PHONE, **away, **accounts(vendor.url, "one", "two"))

    assert answer.exit_code == 1
    assert [request.target for request in vendor.requests] == ["/one/message/send"]


async def test_what_a_vendor_echoes_is_not_repeated(otp_beside, away, vendor):
    echo = f"{PHONE} {SECRET} {TOKEN}"
    vendor.usually = Answer(400, json={"error": echo, "errorMsg": echo})

    answer = await otp_beside("send-test", PHONE, **away, **accounts(vendor.url))

    assert answer.exit_code == 1
    assert not [said for said in HIDDEN if said in answer.output]


async def test_the_developers_phone_must_run(otp_beside, away, vendor):
    vendor.usually = Answer(201, json={"id": "p-1"})

    answer = await otp_beside("send-test", PHONE, **away | {"PUBLIC_URL": vendor.url})

    assert answer.exit_code == 0
    assert answer.stderr.startswith("One SMS by inbox to +31*******78. It is a page of the service, which must run.")
    assert vendor.requests[0].target == "/dev/inbox/messages"


def test_a_developers_phone_that_does_not_run_is_started_first(otp, away):
    answer = otp("send-test", PHONE, **away | {"PUBLIC_URL": nobody()})

    assert answer.exit_code == 1
    assert "Start it, like `otp dev`" in answer.stderr


@pytest.mark.parametrize("number", ["0612345678", "hello", "+31", "+31201234567", ""])
def test_what_is_no_number_is_bad_usage(otp, away, number):
    answer = otp("send-test", number, **away)

    assert answer.exit_code == 2
    assert answer.stderr.startswith("✗ ")
    assert answer.stdout == ""


def test_without_a_number_it_is_bad_usage(otp, away):
    assert otp("send-test", **away).exit_code == 2


def test_a_gateway_that_is_not_set_up_is_bad_usage(otp, away):
    answer = otp("send-test", PHONE, "--gateway", "nobody", **away, **accounts(nobody()))

    assert answer.exit_code == 2
    assert answer.stderr == "✗ No gateway of this name is set up. There are: smstools, inbox.\n"
