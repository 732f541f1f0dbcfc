"""`otp doctor` looks at everything that can be wrong."""

import asyncio
import json

import pytest

from app.container import open_container
from app.domain.api_key import digest_key
from tests.support.builders import make_settings
from tests.support.fake_vendor import nobody
from tests.support.ports import free_port
from tests.support.smstools import accounts


def test_with_all_in_order_it_says_so(otp, settings, engine_url, tag):
    async def heartbeat():
        async with open_container(make_settings(engine_url, tag)) as container:
            await container.queue.heartbeat("worker-1")

    asyncio.run(heartbeat())
    answer = otp("doctor", **settings, COUNTRIES="NL")

    assert answer.exit_code == 0, answer.output
    assert "ok\tredis\tanswers; 0 jobs wait\n" in answer.stdout
    assert {line.split("\t")[0] for line in answer.stdout.splitlines()} == {"ok"}


def test_without_a_worker_it_says_what_to_start(otp, settings):
    answer = otp("doctor", **settings)

    assert answer.exit_code == 1
    assert "bad\tready\tNo worker is alive. Start `otp worker`.\n" in answer.stdout


def test_a_redis_that_does_not_answer_is_found(otp, settings):
    answer = otp("doctor", **settings | {"REDIS_URL": f"redis://:hunter2@127.0.0.1:{free_port()}/0"})

    assert answer.exit_code == 1
    assert "does not answer" in answer.stdout
    assert "hunter2" not in answer.output


def test_the_embedded_store_is_a_warning(otp):
    answer = otp("doctor", ENV="development")

    assert answer.exit_code == 0
    assert "embedded store" in answer.stdout


def test_test_numbers_and_weak_codes_are_warnings_without_their_codes(otp):
    answer = otp(
        "doctor",
        ENV="development",
        TEST_NUMBERS="+31612345678=4821@2099-12-31",
        CODE_LENGTH="4",
        ALLOW_WEAK_CODES="true",
    )

    assert answer.exit_code == 0
    assert "the last until 2099-12-31" in answer.stdout
    assert "fewer than six digits" in answer.stdout
    assert "4821" not in answer.output
    assert "612345678" not in answer.output


WARNINGS = ["may send any number of SMS", "never asks for a person", "no page can use it"]
PUBLISHABLE = {"publishable_keys": {digest_key("pk_shop"): ["login"]}}
OPEN = {"origins": ["https://shop.example.com"]}
FIGURE = {"limits": {"sends_per_app": "100/d"}}


@pytest.mark.parametrize(
    ("own", "given", "said"),
    [
        ({}, {}, ["may send any number of SMS"]),
        ({}, {"LIMIT_SENDS_PER_APP": "off"}, ["may send any number of SMS"]),
        ({}, {"LIMIT_SENDS_PER_APP": "100/d"}, []),
        (FIGURE, {"LIMIT_SENDS_PER_APP": "off"}, []),
        (FIGURE | PUBLISHABLE | OPEN, {}, ["never asks for a person"]),
        (FIGURE | PUBLISHABLE | OPEN, {"HUMAN_CHECK": "altcha"}, []),
        (FIGURE | PUBLISHABLE | OPEN, {"HUMAN_CHECK": "altcha", "HUMAN_CHECK_WHEN": "suspicious"}, []),
        (
            FIGURE | PUBLISHABLE | OPEN | {"human_check": "never"},
            {"HUMAN_CHECK": "altcha"},
            ["never asks for a person"],
        ),
        (FIGURE | PUBLISHABLE, {"HUMAN_CHECK": "altcha"}, ["no page can use it"]),
        (PUBLISHABLE, {}, ["may send any number of SMS", "never asks for a person", "no page can use it"]),
    ],
)
def test_what_an_apps_keys_may_do_unseen_is_a_warning(otp, own, given, said):
    answer = otp("doctor", ENV="development", APPS=json.dumps({"shop": own}), **given)
    told = " ".join(answer.stdout.split())

    assert answer.exit_code == 0, answer.output
    assert [warning for warning in WARNINGS if warning in told] == said


@pytest.mark.parametrize(
    ("own", "given", "mend"),
    [
        ({}, {}, "SMS; set OTP_LIMIT_SENDS_PER_APP, like 500/d"),
        ({"limits": {"sends_per_app": "off"}}, {}, "SMS; set its `limits.sends_per_app`, like 500/d"),
        (PUBLISHABLE, {}, "for a person; set OTP_HUMAN_CHECK"),
        (PUBLISHABLE | {"human_check": "never"}, {}, "for a person; set OTP_HUMAN_CHECK, and its `human_check`"),
        (PUBLISHABLE | {"human_check": "never"}, {"HUMAN_CHECK": "altcha"}, "for a person; its `human_check` is never"),
        (PUBLISHABLE, {"HUMAN_CHECK": "altcha", "HUMAN_CHECK_WHEN": "never"}, "person; OTP_HUMAN_CHECK_WHEN is never"),
    ],
)
def test_a_warning_names_what_is_not_set_as_it_should_be(otp, own, given, mend):
    """The setting for all apps does nothing for one that has its own."""
    said = otp("doctor", ENV="development", APPS=json.dumps({"shop": own}), **given).stdout

    assert [line for line in said.splitlines() if line.startswith("warn\tshop\t") and line.endswith(mend)]


@pytest.mark.parametrize("name", ["LIMIT_SENDS_PER_NUMBER", "LIMIT_CALLS_PER_ADDRESS"])
def test_a_limit_that_nothing_stands_in_for_is_missed_when_it_is_off(otp, name):
    off, on = otp("doctor", ENV="development", **{name: "off"}), otp("doctor", ENV="development")

    assert (off.exit_code, on.exit_code) == (0, 0)
    assert f"set OTP_{name}" in " ".join(off.stdout.split())
    assert f"OTP_{name}" not in on.stdout


@pytest.mark.parametrize(
    ("url", "proxies", "is_said"),
    [
        ("https://otp.example.com", "", True),
        ("https://otp.example.com", "10.0.0.7", False),
        ("http://127.0.0.1:8000", "", False),
    ],
)
def test_a_proxy_that_nobody_named_is_a_warning(otp, url, proxies, is_said):
    """Limits would count its address as everybody's."""
    answer = otp("doctor", ENV="development", PUBLIC_URL=url, TRUSTED_PROXIES=proxies)

    assert answer.exit_code == 0
    assert ("set OTP_TRUSTED_PROXIES" in " ".join(answer.stdout.split())) == is_said


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        ({"*": ["one", "two", "three"]}, "* one, then two, then three"),
        ({"*": ["one", "two"], "US": ["two"], "NL": ["three"]}, "* one, then two; US two; NL three"),
        ({"*": [["one", "two"], "three"]}, "* one or two, then three"),
        (
            {"*": [[{"gateway": "one", "weight": 9}, {"gateway": "two"}], "three"]},
            "* one (9) or two (1), then three",
        ),
    ],
)
def test_routes_are_told_in_words(otp, routes, told):
    answer = otp("doctor", ENV="development", **accounts(nobody(), "one", "two", "three", routes=routes))

    assert answer.exit_code == 0, answer.output
    assert f"ok\troutes\t{told}\n" in answer.stdout
    assert "stands in no route" not in answer.stdout


def test_a_gateway_in_no_route_is_a_warning(otp):
    """Either somebody forgot it, or it is about to be given up. The developer's inbox needs none."""
    answer = otp("doctor", ENV="development", **accounts(nobody(), "one", "spare", routes={"*": ["one"]}))

    assert answer.exit_code == 0
    assert "warn\tspare\tstands in no route: only its late reports are read; name it in OTP_ROUTES" in answer.stdout
    assert answer.stdout.count("stands in no route") == 1


def test_without_a_vendor_the_phone_carries_all(otp):
    assert "ok\troutes\t* inbox\n" in otp("doctor", ENV="development").stdout


def test_wrong_settings_end_it_with_a_sentence_each(otp):
    answer = otp("doctor")

    assert answer.exit_code == 2
    assert len(answer.stderr.splitlines()) == 8
    assert all(line.startswith("✗ OTP_") for line in answer.stderr.splitlines())


def test_a_gateways_wrong_setting_is_named(otp, settings):
    answer = otp("doctor", **settings, GATEWAYS__SMSTOOLS__SENDERR="Acme")

    assert answer.exit_code == 2
    assert "OTP_GATEWAYS__SMSTOOLS__SENDERR: " in answer.stderr
