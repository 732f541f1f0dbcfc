"""Settings that contradict each other stop the start in every environment."""

import json

import pytest

from app.domain.api_key import digest_key
from app.settings.load import BadSettings, load_settings

PRICES = "gateway,country,price\n*,NL,0.08\n*,ID,0.30\n"
ALTCHA = {"HUMAN_CHECK": "altcha"}
TURNSTILE = {"HUMAN_CHECK": "turnstile", "HUMAN_CHECK_SITE_KEY": "0x4AAA", "HUMAN_CHECK_SECRET": "0x4BBB"}


def load(**given):
    return load_settings({"OTP_ENV": "development"} | {f"OTP_{name}": value for name, value in given.items()})


def errors_of(**given):
    with pytest.raises(BadSettings) as refusal:
        load(**given)
    return refusal.value.sentences


def shop(**own):
    return json.dumps({"shop": own})


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"CODE_LENGTH": "5"}, "OTP_CODE_LENGTH is 5, and NIST"),
        ({"CODE_LENGTH": "4"}, "OTP_CODE_LENGTH is 4, and NIST"),
        ({"GATEWAY_TIMEOUT": "3"}, "OTP_GATEWAY_CONNECT_TIMEOUT is not below OTP_GATEWAY_TIMEOUT."),
        (
            {"TEST_NUMBERS": "+31612345678=0421@2026-11-30"},
            "OTP_TEST_NUMBERS has a code that does not have OTP_CODE_LENGTH",
        ),
        (
            {"APPS": json.dumps({app: {"secret_keys": [digest_key("sk")]} for app in ("a", "b")})},
            "OTP_APPS lists one key twice.",
        ),
        (
            {"APPS": shop(secret_keys=[digest_key("k")], publishable_keys={digest_key("k"): []})},
            "OTP_APPS lists one key twice.",
        ),
        ({"HUMAN_CHECK_WHEN": "always"}, "OTP_HUMAN_CHECK_WHEN is set, though OTP_HUMAN_CHECK is off"),
        ({"HUMAN_CHECK_WHEN": "suspicious"}, "OTP_HUMAN_CHECK_WHEN is set, though OTP_HUMAN_CHECK is off"),
        ({"HUMAN_CHECK_SITE_KEY": "0x4AAA"}, "OTP_HUMAN_CHECK_SITE_KEY is set, though OTP_HUMAN_CHECK is off"),
        ({"HUMAN_CHECK_SECRET": "0x4BBB"}, "OTP_HUMAN_CHECK_SECRET is set, though OTP_HUMAN_CHECK is off"),
        ({"APPS": shop(human_check="always")}, "OTP_APPS (shop.human_check) is always, though OTP_HUMAN_CHECK is off"),
        ({"APPS": shop(human_check="suspicious")}, "OTP_APPS (shop.human_check) is suspicious, though OTP_HUMAN_CHECK"),
        (
            ALTCHA | {"HUMAN_CHECK_SITE_KEY": "0x4AAA"},
            "OTP_HUMAN_CHECK_SITE_KEY is set, though OTP_HUMAN_CHECK is altcha",
        ),
        (ALTCHA | {"HUMAN_CHECK_SECRET": "0x4BBB"}, "OTP_HUMAN_CHECK_SECRET is set, though OTP_HUMAN_CHECK is altcha"),
        ({"LIMIT_SPEND_PER_APP": "50/d"}, "OTP_LIMIT_SPEND_PER_APP is set, and OTP_PRICES is not"),
        (
            {"APPS": shop(limits={"spend_per_app": "5/d"})},
            "OTP_APPS (shop.limits.spend_per_app) is set, and OTP_PRICES",
        ),
        (
            {"LIMIT_SPEND_PER_COUNTRY": "0.29/d", "PRICES": PRICES},
            "OTP_LIMIT_SPEND_PER_COUNTRY allows less than one SMS costs by OTP_PRICES, up to 0.30",
        ),
        (TURNSTILE | {"HUMAN_CHECK_SITE_KEY": ""}, "OTP_HUMAN_CHECK_SITE_KEY is missing."),
        (TURNSTILE | {"HUMAN_CHECK_SECRET": ""}, "OTP_HUMAN_CHECK_SECRET is missing."),
    ],
)
def test_contradiction_is_reported_once_with_its_fix(changes, start):
    (sentence,) = errors_of(**changes)

    assert sentence.startswith(start)
    assert ". " in sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"CODE_LENGTH": "4", "ALLOW_WEAK_CODES": "true"},
        {"HUMAN_CHECK_WHEN": "never"},
        {"APPS": shop(human_check="never")},
        ALTCHA,
        ALTCHA | {"HUMAN_CHECK_SITE_KEY": "", "HUMAN_CHECK_SECRET": ""},
        ALTCHA | {"HUMAN_CHECK_WHEN": "suspicious", "APPS": shop(human_check="always")},
        TURNSTILE,
        {"LIMIT_SPEND_PER_COUNTRY": "0.30/d", "PRICES": PRICES},
    ],
)
def test_consistent_settings_are_accepted(changes):
    assert load(**changes)


def test_production_reports_contradictions_and_production_errors_together():
    sentences = errors_of(ENV="production", HUMAN_CHECK_WHEN="always")

    assert sentences[0].startswith("OTP_HUMAN_CHECK_WHEN is set")
    assert len(sentences) > 5
