"""`otp gateways`: where reports belong, and whether accounts work; real HTTP to a scripted vendor."""

import asyncio
import json
from dataclasses import replace

import pytest

from app.container import open_container
from app.domain.api_key import digest_key
from app.domain.status import Status
from tests.support.builders import PHONE, PUBLIC_URL, make_settings
from tests.support.fake_vendor import Answer, nobody
from tests.support.messages import open_message, settle, tell
from tests.support.ports import free_port
from tests.support.service_fixture import PRODUCTION
from tests.support.smstools import SECRET, TOKEN, accounts

DEVELOPMENT = {"ENV": "development", "PUBLIC_URL": PUBLIC_URL}
BALANCE = Answer(200, json={"credits": 12.5, "currency": "EUR"})


def test_each_vendors_address_stands_on_a_line_of_its_own(otp):
    """Whole, for it is copied: a line that was broken for a narrow window would lose its end."""
    public_url = f"https://{'otp-' * 15}1.example.com"

    answer = otp("gateways", "urls", **DEVELOPMENT | {"PUBLIC_URL": public_url}, **accounts(nobody(), "one", "second"))

    assert answer.exit_code == 0
    assert "secret" in answer.stderr
    assert answer.stdout.splitlines() == [
        f"{name}\t{public_url}/v1/reports/{name}/{TOKEN}" for name in ("one", "second")
    ]


def test_addresses_are_told_in_production_without_redis(otp):
    production = {name.upper(): value for name, value in PRODUCTION.items()}
    apps = json.dumps({"shop": {"secret_keys": [digest_key("sk_shop")]}})

    answer = otp("gateways", "urls", **production, APPS=apps, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert answer.exit_code == 0, answer.output
    assert answer.stdout == f"smstools\thttps://otp.example.com/v1/reports/smstools/{TOKEN}\n"


def test_the_developers_phone_has_no_dashboard(otp):
    answer = otp("gateways", "urls", **DEVELOPMENT)

    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "No vendor is set up" in answer.stderr


async def test_each_account_is_asked_without_an_sms(otp_beside, vendor):
    vendor.usually = BALANCE

    answer = await otp_beside("gateways", "check", **DEVELOPMENT, **accounts(vendor.url, "one", "two"))

    assert answer.exit_code == 0
    assert sorted(answer.stdout.splitlines()) == [
        "ok\tone\t12.5 EUR",
        "ok\tphone\ta page of this service, it has no account",
        "ok\ttwo\t12.5 EUR",
    ]
    assert sorted(request.target for request in vendor.requests) == ["/one/balance", "/two/balance"]


async def test_who_answers_first_is_shown_first(otp_beside, vendor):
    """One that is slow keeps nobody from seeing the others."""
    vendor.usually = lambda request: replace(BALANCE, delay=0.5 if "/one/" in request.target else 0)

    answer = await otp_beside("gateways", "check", **DEVELOPMENT, **accounts(vendor.url, "one", "two"))

    assert [line.split("\t")[1] for line in answer.stdout.splitlines()] == ["inbox", "two", "one"]


async def test_one_that_does_not_work_says_why_and_what_to_do(otp_beside, vendor):
    """And the others are told all the same."""
    vendor.usually = lambda request: BALANCE if "/two/" in request.target else Answer(401, json={"error": "104"})

    answer = await otp_beside("gateways", "check", **DEVELOPMENT, **accounts(vendor.url, "one", "two"))

    assert answer.exit_code == 1
    bad, *others = sorted(answer.stdout.splitlines())
    assert bad.startswith("bad\tone\trefused: auth (104). The gateway refused. Compare the keys in OTP_GATEWAYS__")
    assert "ok\ttwo\t12.5 EUR" in others


async def test_a_gateway_in_no_route_is_asked_too(otp_beside, vendor):
    """Its account is looked at before it is trusted with a country."""
    vendor.usually = BALANCE
    given = accounts(vendor.url, "one", "spare", routes={"*": ["one"]})

    answer = await otp_beside("gateways", "check", **DEVELOPMENT, **given)

    assert "ok\tspare\t12.5 EUR\n" in answer.stdout


async def test_what_a_vendor_says_in_its_own_words_is_not_repeated(otp_beside, vendor):
    echo = f"no such key {SECRET}, token {TOKEN}, number {PHONE} [bold]"
    vendor.usually = Answer(403, json={"error": echo, "errorMsg": echo, "credits": echo})

    answer = await otp_beside("gateways", "check", **DEVELOPMENT, **accounts(vendor.url))

    assert answer.exit_code == 1
    assert "refused: auth" in answer.stdout
    assert not [said for said in (SECRET, TOKEN, "12345678", "no such key", "acme") if said in answer.output]


async def test_the_embedded_store_counts_no_reports_and_hinders_nobody(otp_beside, vendor):
    vendor.usually = BALANCE

    answer = await otp_beside("gateways", "check", **DEVELOPMENT, **accounts(vendor.url))

    assert answer.exit_code == 0
    assert "reports:" not in answer.stdout
    assert "embedded store" in answer.stderr


async def test_a_redis_that_is_away_hinders_nobody(otp_beside, vendor):
    vendor.usually = BALANCE
    away = DEVELOPMENT | {"REDIS_URL": f"redis://:hunter2@127.0.0.1:{free_port()}/0"}

    answer = await otp_beside("gateways", "check", **away, **accounts(vendor.url))

    assert (answer.exit_code, "ok\tsmstools\t12.5 EUR\n" in answer.stdout) == (0, True)
    assert "Redis does not answer" in answer.stderr
    assert "hunter2" not in answer.output


@pytest.fixture
def reported(engine_url, tag):
    """One report of each kind has come for `one`."""

    async def report():
        async with open_container(make_settings(engine_url, tag)) as container:
            await open_message(container, gateway="one")
            await settle(container, gateway="one")
            for vendor_id, status in (("v-1", Status.DELIVERED), ("v-1", Status.SENT), ("v-2", Status.SENT)):
                await container.messages.apply(tell(container, status, vendor_id=vendor_id, gateway="one"))
            await container.messages.apply(tell(container, Status.SENT, reference="ms_nobody", gateway="one"))
            await container.messages.count_refused("one")

    asyncio.run(report())


async def test_what_became_of_a_gateways_reports_is_told(reported, otp_beside, settings, vendor):
    vendor.usually = BALANCE

    answer = await otp_beside("gateways", "check", **settings, **accounts(vendor.url, "one", "two"))

    of_inbox, of_one, of_two = sorted(line for line in answer.stdout.splitlines() if "reports:" in line)
    assert of_one.removeprefix("note\tone\treports: ").split(", ") == [
        "1 moved a message",
        "1 with nothing new",
        "1 ahead of their message",
        "1 of no known message",
        "1 refused as forged or unreadable",
    ]
    assert [of_inbox, of_two] == [f"note\t{name}\treports: none yet" for name in ("inbox", "two")]


def test_a_wrong_setting_is_named_before_anybody_is_called(otp):
    for act in ("urls", "check"):
        answer = otp("gateways", act, **DEVELOPMENT, GATEWAYS__SMSTOOLS__SENDERR="Acme")

        assert answer.exit_code == 2
        assert "OTP_GATEWAYS__SMSTOOLS__SENDERR: " in answer.stderr
