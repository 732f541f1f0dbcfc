"""`otp gateways urls` and `check`, with real HTTP to a scripted vendor."""

import asyncio
import json
from dataclasses import replace

import pytest

from app.container import open_container
from app.domain.api_key import digest_key
from app.domain.status import Status
from tests.support.builders import PHONE, PUBLIC_URL, make_settings
from tests.support.fake_vendor import Answer, unused_url
from tests.support.messages import apply_report, open_message, record_outcome, report_job
from tests.support.ports import free_port
from tests.support.service_fixture import PRODUCTION
from tests.support.smstools import SECRET, TOKEN, accounts

DEVELOPMENT = {"ENV": "development", "PUBLIC_URL": PUBLIC_URL, "COUNTRIES": "NL"}
BALANCE = Answer(200, json={"credits": 12.5, "currency": "EUR"})


def test_urls_prints_each_report_url_on_one_line(otp):
    """A URL is copied, so it must not be wrapped in a narrow window."""
    public_url = f"https://{'otp-' * 15}1.example.com"

    result = otp(
        "gateways", "urls", **DEVELOPMENT | {"PUBLIC_URL": public_url}, **accounts(unused_url(), "one", "second")
    )

    assert result.exit_code == 0
    assert "secret" in result.stderr
    assert result.stdout.splitlines() == [
        f"{name}\t{public_url}/v1/reports/{name}/{TOKEN}" for name in ("one", "second")
    ]


def test_urls_needs_no_redis_in_production(otp):
    production = {name.upper(): value for name, value in PRODUCTION.items()}
    apps = json.dumps({"shop": {"secret_keys": [digest_key("sk_shop")]}})

    result = otp("gateways", "urls", **production, APPS=apps, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert result.exit_code == 0, result.output
    assert result.stdout == f"smstools\thttps://otp.example.com/v1/reports/smstools/{TOKEN}\n"


def test_urls_omits_the_developers_inbox(otp):
    result = otp("gateways", "urls", **DEVELOPMENT)

    assert (result.exit_code, result.stdout) == (0, "")
    assert "No vendor is configured" in result.stderr


async def test_check_reads_each_account_without_an_sms(otp_in_thread, vendor):
    vendor.default_answer = BALANCE

    result = await otp_in_thread("gateways", "check", **DEVELOPMENT, **accounts(vendor.url, "one", "two"))

    assert result.exit_code == 0
    assert sorted(result.stdout.splitlines()) == [
        "ok\tinbox\ta page of this service, it has no account",
        "ok\tone\t12.5 EUR",
        "ok\ttwo\t12.5 EUR",
    ]
    assert sorted(request.target for request in vendor.requests) == ["/one/balance", "/two/balance"]


async def test_check_warns_of_senders_and_ids_that_never_reach_a_network(otp_in_thread, vendor):
    vendor.default_answer = BALANCE
    step = {"gateway": "one", "entity_id": "1101", "template_id": "1107"}
    routed = accounts(vendor.url, "one", routes={"*": ["one"], "IN": [step]})

    result = await otp_in_thread("gateways", "check", **DEVELOPMENT | {"COUNTRIES": "NL,US,IN"}, **routed)

    assert [line.split("; ")[0] for line in result.stdout.splitlines() if line.startswith("warn")] == [
        "warn\tone\tdoes not pass on the `entity_id` and `template_id` of the route IN",
        "warn\tone\tits sender is a name, and networks in US show none",
    ]
    assert result.exit_code == 0


async def test_check_shows_results_in_the_order_of_arrival(otp_in_thread, vendor):
    """A slow gateway does not delay the results of the others."""
    vendor.default_answer = lambda request: replace(BALANCE, delay=0.5 if "/one/" in request.target else 0)

    result = await otp_in_thread("gateways", "check", **DEVELOPMENT, **accounts(vendor.url, "one", "two"))

    assert [line.split("\t")[1] for line in result.stdout.splitlines()] == ["inbox", "two", "one"]


async def test_check_explains_a_failure_with_advice(otp_in_thread, vendor):
    """The other gateways are still reported."""
    vendor.default_answer = lambda request: BALANCE if "/two/" in request.target else Answer(401, json={"error": "104"})

    result = await otp_in_thread("gateways", "check", **DEVELOPMENT, **accounts(vendor.url, "one", "two"))

    assert result.exit_code == 1
    failed_line, *others = sorted(result.stdout.splitlines())
    assert failed_line.startswith(
        "bad\tone\trefused: auth (104). Smstools refused the message. Compare the keys in OTP_GATEWAYS__"
    )
    assert "ok\ttwo\t12.5 EUR" in others


async def test_check_includes_gateways_without_a_route(otp_in_thread, vendor):
    """So its account can be checked before it gets a route."""
    vendor.default_answer = BALANCE
    settings = accounts(vendor.url, "one", "spare", routes={"*": ["one"]})

    result = await otp_in_thread("gateways", "check", **DEVELOPMENT, **settings)

    assert "ok\tspare\t12.5 EUR\n" in result.stdout


async def test_check_does_not_print_the_vendors_text(otp_in_thread, vendor):
    echo = f"no such key {SECRET}, token {TOKEN}, number {PHONE} [bold]"
    vendor.default_answer = Answer(403, json={"error": echo, "errorMsg": echo, "credits": echo})

    result = await otp_in_thread("gateways", "check", **DEVELOPMENT, **accounts(vendor.url))

    assert result.exit_code == 1
    assert "refused: auth" in result.stdout
    assert not [text for text in (SECRET, TOKEN, "12345678", "no such key", "acme") if text in result.output]


async def test_check_works_with_the_embedded_store_without_report_counts(otp_in_thread, vendor):
    vendor.default_answer = BALANCE

    result = await otp_in_thread("gateways", "check", **DEVELOPMENT, **accounts(vendor.url))

    assert result.exit_code == 0
    assert "reports:" not in result.stdout
    assert "embedded store" in result.stderr


async def test_check_works_without_redis(otp_in_thread, vendor):
    vendor.default_answer = BALANCE
    unreachable = DEVELOPMENT | {"REDIS_URL": f"redis://:hunter2@127.0.0.1:{free_port()}/0"}

    result = await otp_in_thread("gateways", "check", **unreachable, **accounts(vendor.url))

    assert (result.exit_code, "ok\tsmstools\t12.5 EUR\n" in result.stdout) == (0, True)
    assert "Redis does not respond" in result.stderr
    assert "hunter2" not in result.output


@pytest.fixture
def reports_of_each_outcome(engine_url, tag):
    """Record one report of each outcome for the gateway `one`."""

    async def report():
        async with open_container(make_settings(engine_url, tag)) as container:
            await open_message(container, gateway="one")
            await record_outcome(container, gateway="one")
            for vendor_id, status in (("v-1", Status.DELIVERED), ("v-1", Status.SENT), ("v-2", Status.SENT)):
                await apply_report(container, report_job(container, status, vendor_id=vendor_id, gateway="one"))
            await apply_report(container, report_job(container, Status.SENT, reference="ms_nobody", gateway="one"))
            await container.messages.count_refused("one")

    asyncio.run(report())


async def test_check_counts_the_reports_by_outcome(reports_of_each_outcome, otp_in_thread, settings, vendor):
    vendor.default_answer = BALANCE

    result = await otp_in_thread("gateways", "check", **settings, **accounts(vendor.url, "one", "two"))

    of_inbox, of_one, of_two = sorted(line for line in result.stdout.splitlines() if "reports:" in line)
    assert of_one.removeprefix("note\tone\treports: ").split(", ") == [
        "1 moved a message",
        "1 without a change",
        "1 before their message",
        "1 of an unknown message",
        "1 refused as forged or unreadable",
    ]
    assert [of_inbox, of_two] == [f"note\t{name}\treports: none yet" for name in ("inbox", "two")]


def test_invalid_setting_ends_the_command_before_any_request(otp):
    for command in ("urls", "check"):
        result = otp("gateways", command, **DEVELOPMENT, GATEWAYS__SMSTOOLS__SENDERR="Acme")

        assert result.exit_code == 2
        assert "OTP_GATEWAYS__SMSTOOLS__SENDERR: " in result.stderr
