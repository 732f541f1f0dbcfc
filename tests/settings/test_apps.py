"""`OTP_APPS`: key digests, origins, and values that override the service's."""

import json

import pytest

from app.domain.api_key import digest_key
from app.domain.app import HumanCheckPolicy
from app.domain.limit import OFF, read_limit
from app.settings.load import load_settings
from app.settings.to_domain import api_keys_of, apps_of, limit_of

SK, SK_NEW, PK = digest_key("sk_1"), digest_key("sk_2"), digest_key("pk_1")
WHOLE = {
    "secret_keys": [SK, SK_NEW],
    "publishable_keys": {PK: ["login", "signup"]},
    "origins": ["https://shop.example.com"],
    "countries": ["nl", "BE"],
    "limits": {"sends_per_app": "1000/d", "sends_per_subject": "off", "sends_per_verification": 2},
    "human_check": "suspicious",
    "brand": "Acme",
    "sender": "Acme Shop",
    "autofill_host": "login.example.com",
}


def load(apps, **given):
    text = apps if isinstance(apps, str) else json.dumps(apps)
    names = {f"OTP_{name}": value for name, value in given.items()}
    return load_settings({"OTP_ENV": "development", "OTP_APPS": text} | names)


def test_apps_are_read_from_json_or_from_a_file(tmp_path):
    (tmp_path / "apps.json").write_bytes(b"\xef\xbb\xbf" + json.dumps({"shop": WHOLE}).encode())

    settings = load({"shop": WHOLE}, HUMAN_CHECK="altcha")

    assert settings.apps == load(str(tmp_path / "apps.json"), HUMAN_CHECK="altcha").apps
    assert settings.apps["shop"].secret_keys == [SK, SK_NEW]


def test_app_values_override_the_service():
    settings = load({"shop": WHOLE}, HUMAN_CHECK="altcha")
    shop = apps_of(settings)["shop"]

    assert (shop.origins, shop.human_check) == ({"https://shop.example.com"}, HumanCheckPolicy.SUSPICIOUS)
    assert (shop.templates.brand, shop.templates.sender, shop.templates.host) == (
        "Acme",
        "Acme Shop",
        "login.example.com",
    )
    assert (shop.policy.numbers.countries, shop.policy.sends_per_verification) == ({"NL", "BE"}, 2)
    assert (shop.policy.limits["sends_per_app"], shop.policy.limits["sends_per_subject"]) == (read_limit("1000/d"), OFF)


def test_missing_app_values_default_to_the_service():
    given = {"COUNTRIES": "NL", "BRAND": "Acme", "LIMIT_SENDS_PER_APP": "7/d", "LIMIT_SENDS_PER_SUBJECT": "2/h"}
    settings = load({"shop": {}}, **given, LIMIT_SENDS_PER_VERIFICATION="4", HUMAN_CHECK="altcha")
    shop = apps_of(settings)["shop"]

    assert (shop.origins, shop.human_check) == (frozenset(), HumanCheckPolicy.ALWAYS)
    assert (shop.templates.brand, shop.templates.sender, shop.templates.host) == ("Acme", "", "127.0.0.1")
    assert (shop.policy.numbers.countries, shop.policy.sends_per_verification) == ({"NL"}, 4)
    assert shop.policy.limits["sends_per_app"] == read_limit("7/d")
    assert shop.policy.limits["sends_per_subject"] == read_limit("2/h")


def test_all_listed_keys_are_valid():
    """So a key is replaced without downtime."""
    settings = load({"shop": {"secret_keys": [SK, SK_NEW], "publishable_keys": {PK: ["login", "signup"]}}})
    callers = api_keys_of(settings, apps_of(settings))

    assert callers.find("sk_1").app.name == callers.find("sk_2").app.name == "shop"
    assert callers.find("sk_1").key == SK[:8]
    assert (callers.find("pk_1").secret, callers.find("pk_1").purposes) == (False, {"login", "signup"})


def test_publishable_key_without_purposes_allows_login_only():
    settings = load({"shop": {"publishable_keys": {PK: []}}})

    assert api_keys_of(settings, apps_of(settings)).find("pk_1").purposes == {"login"}


def test_human_check_policy_is_never_while_the_check_is_off():
    assert apps_of(load({"shop": {"human_check": "never"}}))["shop"].human_check is HumanCheckPolicy.NEVER


@pytest.mark.parametrize("sender", ["A", "Acme", "Acme Shop 1", "+31612345678", "+12345678901234"])
def test_app_sender_accepts_names_and_numbers(sender):
    assert load({"shop": {"sender": sender}}).apps["shop"].sender == sender


def test_development_widens_the_limits_of_an_address_that_are_not_set():
    """Every call of a developer comes from one address; a figure that is set holds."""
    plain = load_settings({"OTP_ENV": "development"})
    given = load_settings({"OTP_ENV": "development", "OTP_LIMIT_SENDS_PER_ADDRESS": "10/h,30/d"})

    assert limit_of(plain, "sends_per_address") == read_limit("100/h,300/d")
    assert limit_of(plain, "calls_per_address") == read_limit("600/min")
    assert limit_of(plain, "sends_per_number") == read_limit("3/10min,5/h,10/d")
    assert limit_of(given, "sends_per_address") == read_limit("10/h,30/d")
