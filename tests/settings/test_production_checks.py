"""Settings that production refuses."""

import json
import secrets
from datetime import date

import pytest

from app.container import gateway_errors
from app.domain.api_key import digest_key
from app.domain.human_check import TEST_KEYS
from app.settings.load import BadSettings, load_settings
from app.settings.service import SAMPLE_NAME_SECRET, SAMPLE_SECRETS

TODAY = date(2026, 11, 22)
GOOD = {
    "OTP_SECRETS": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
    "OTP_NAME_SECRET": "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA",
    "OTP_APPS": json.dumps({"shop": {"secret_keys": [digest_key("sk_shop")]}}),
    "OTP_REDIS_URL": "redis://:password@redis:6379/0",
    "OTP_PUBLIC_URL": "https://otp.example.com",
    "OTP_COUNTRIES": "NL,BE",
    "OTP_LIMIT_SENDS_PER_APP": "1000/d",
    "OTP_GATEWAYS__SMSTOOLS__CLIENT_ID": "account",
    "OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET": "secret",
    "OTP_GATEWAYS__SMSTOOLS__SENDER": "Acme",
    "OTP_GATEWAYS__SMSTOOLS__REPORT_TOKEN": "r3p0rt-t0ken-r3p0rt-t0ken",
}
SAMPLE_VALUE = SAMPLE_SECRETS.partition(":")[2]


def load(**changes):
    given = GOOD | {f"OTP_{name}": value for name, value in changes.items()}
    return load_settings(
        {name: value for name, value in given.items() if value is not None}, today=TODAY, also=gateway_errors
    )


def errors_of(**changes):
    with pytest.raises(BadSettings) as refusal:
        load(**changes)
    return refusal.value.sentences


def test_valid_settings_start_and_production_is_the_default():
    assert load().is_production


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"SECRETS": None}, "OTP_SECRETS is missing or the sample."),
        ({"SECRETS": SAMPLE_SECRETS}, "OTP_SECRETS is missing or the sample."),
        ({"SECRETS": f"k1:{SAMPLE_NAME_SECRET}"}, "OTP_SECRETS is missing or the sample."),
        ({"SECRETS": f"{GOOD['OTP_SECRETS']},old:{SAMPLE_VALUE}"}, "OTP_SECRETS contains a sample secret, old."),
        ({"SECRETS": f"new:{SAMPLE_VALUE},{GOOD['OTP_SECRETS']}"}, "OTP_SECRETS contains a sample secret, new."),
        ({"SECRETS": "k1:c2hvcnQ"}, "OTP_SECRETS: it is not 32 random bytes"),
        ({"SECRETS": f"k1:{'A' * 43}"}, "OTP_SECRETS: it is not 32 random bytes"),
        ({"SECRETS": ""}, "OTP_SECRETS: write it as id:base64url"),
        ({"NAME_SECRET": None}, "OTP_NAME_SECRET is missing or the sample."),
        ({"NAME_SECRET": SAMPLE_NAME_SECRET}, "OTP_NAME_SECRET is missing or the sample."),
        ({"NAME_SECRET": f" {SAMPLE_NAME_SECRET}="}, "OTP_NAME_SECRET is missing or the sample."),
        ({"NAME_SECRET": SAMPLE_VALUE}, "OTP_NAME_SECRET is missing or the sample."),
        ({"NAME_SECRET": ""}, "OTP_NAME_SECRET: it is not 32 random bytes"),
        ({"REDIS_URL": None}, "OTP_REDIS_URL is missing or the embedded store."),
        ({"REDIS_URL": "memory://"}, "OTP_REDIS_URL is missing or the embedded store."),
        ({"APPS": None}, "OTP_APPS lists no app with a key."),
        ({"APPS": "{}"}, "OTP_APPS lists no app with a key."),
        ({"APPS": '{"shop": {}}'}, "OTP_APPS lists no app with a key."),
        ({"COUNTRIES": None}, "OTP_COUNTRIES is missing."),
        ({"COUNTRIES": ""}, "OTP_COUNTRIES: no such country: none given"),
        ({"LIMIT_SENDS_PER_APP": None}, "OTP_LIMIT_SENDS_PER_APP is missing."),
        ({"LIMIT_SENDS_PER_APP": ""}, "OTP_LIMIT_SENDS_PER_APP: write it like"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8,*"}, "OTP_TRUSTED_PROXIES: it would trust the header of any client"),
        ({"PUBLIC_URL": None}, "OTP_PUBLIC_URL is missing."),
        ({"PUBLIC_URL": "http://otp.example.com"}, "OTP_PUBLIC_URL is not https."),
        ({"GATEWAYS__INBOX__URL": "http://127.0.0.1:1"}, "OTP_GATEWAYS__INBOX__… is the developer's inbox."),
        ({"GATEWAYS__INBOX__URLL": "x"}, "OTP_GATEWAYS__INBOX__… is the developer's inbox."),
        ({"TEST_NUMBERS": "+31612345678=042137@2026-12-23"}, "OTP_TEST_NUMBERS has an end date more than 30 days"),
        ({"GATEWAYS__SMSTOOLS__SENDER": "far too long a name"}, "OTP_GATEWAYS__SMSTOOLS__SENDER: Give a name"),
        ({"GATEWAYS__SMSTOOLS__SENDERR": "Acme"}, "OTP_GATEWAYS__SMSTOOLS__SENDERR: there is no such field."),
        ({"GATEWAYS__SMSTOOLS__SENDER": None}, "OTP_GATEWAYS__SMSTOOLS__SENDER: it is missing."),
        ({"GATEWAYS__SMSTOOLS__PROFILE": "x"}, "OTP_GATEWAYS__SMSTOOLS__PROFILE: write 'documented' or 'bearer'."),
        (
            {"GATEWAYS__NOBODY__KEY": "x", "ROUTES": '{"*": ["smstools"]}'},
            "OTP_GATEWAYS__NOBODY__…: unknown gateway.",
        ),
        (
            {"GATEWAYS__MINE__KIND": "nobody", "ROUTES": '{"*": ["smstools"]}'},
            "OTP_GATEWAYS__MINE__KIND: unknown gateway.",
        ),
        (
            {"GATEWAYS__MINE__KIND": "inbox", "ROUTES": '{"*": ["smstools"]}'},
            "OTP_GATEWAYS__MINE__… is the developer's",
        ),
        ({"GATEWAYS__SMSTOOLS__CLIENT_ID": None}, "OTP_GATEWAYS__SMSTOOLS__…: PROFILE documented needs CLIENT_ID"),
        ({"GATEWAYS__SMSTOOLS__CLIENT_ID": ""}, "OTP_GATEWAYS__SMSTOOLS__CLIENT_ID: It is empty."),
        ({"GATEWAYS__SMSTOOLS__REPORT_TOKEN": "guess"}, "OTP_GATEWAYS__SMSTOOLS__REPORT_TOKEN: Give at least 22"),
    ],
)
def test_production_refuses_the_setting_with_one_sentence(changes, start):
    (sentence,) = errors_of(**changes)

    assert sentence.startswith(start)
    assert ".." not in sentence
    assert "guess" not in sentence


def test_production_reports_all_errors_at_once():
    with pytest.raises(BadSettings) as refusal:
        load_settings({}, today=TODAY)

    names = [sentence.split()[0] for sentence in refusal.value.sentences]
    assert names == [
        "OTP_SECRETS",
        "OTP_NAME_SECRET",
        "OTP_APPS",
        "OTP_REDIS_URL",
        "OTP_PUBLIC_URL",
        "OTP_GATEWAYS__…",
        "OTP_COUNTRIES",
        "OTP_LIMIT_SENDS_PER_APP",
    ]
    assert all(sentence.count(". ") >= 1 for sentence in refusal.value.sentences)


def test_invalid_and_missing_settings_are_reported_together():
    errors = errors_of(COUNTRIES="", SECRETS="short", NAME_SECRET=None, GATEWAYS__SMSTOOLS__CLIENT_ID="")

    assert [sentence.split()[0].rstrip(":") for sentence in errors] == [
        "OTP_SECRETS",
        "OTP_COUNTRIES",
        "OTP_NAME_SECRET",
        "OTP_GATEWAYS__SMSTOOLS__CLIENT_ID",
    ]


@pytest.mark.parametrize("end", ["2026-11-22", "2026-12-22"])
def test_production_accepts_a_test_number_for_thirty_days(end):
    assert load(TEST_NUMBERS=f"+31612345678=042137@{end}")


def test_development_accepts_a_test_number_with_any_end_date():
    assert load(ENV="development", TEST_NUMBERS="+31612345678=042137@2099-12-31")


def test_development_starts_without_settings():
    assert not load_settings({"OTP_ENV": "development"}, also=gateway_errors).is_production


@pytest.mark.parametrize("key", ["sk_dev", "pk_dev"])
def test_production_refuses_development_keys(key):
    """They are public; as a secret key, one would give full access."""
    (sentence,) = errors_of(APPS=json.dumps({"main": {"secret_keys": [digest_key(key)]}}))

    assert sentence.startswith("OTP_APPS lists a development key")


@pytest.mark.parametrize("limit", ["1000/d", "off"])
def test_each_app_may_set_its_own_countries_and_send_limit(limit):
    own = {"secret_keys": [digest_key("sk_shop")], "countries": ["NL"], "limits": {"sends_per_app": limit}}

    assert load(APPS=json.dumps({"shop": own}), COUNTRIES=None, LIMIT_SENDS_PER_APP=None)


def test_service_settings_are_required_if_one_app_lacks_its_own():
    shop = {"secret_keys": [digest_key("sk_shop")], "countries": ["NL"], "limits": {"sends_per_app": "9/d"}}
    bank = {"secret_keys": [digest_key("sk_bank")]}

    errors = errors_of(APPS=json.dumps({"shop": shop, "bank": bank}), COUNTRIES=None, LIMIT_SENDS_PER_APP=None)

    assert [sentence.split()[0] for sentence in errors] == ["OTP_COUNTRIES", "OTP_LIMIT_SENDS_PER_APP"]


def with_publishable_key(**own):
    return json.dumps({"shop": {"publishable_keys": {digest_key("pk_shop"): ["login"]}, **own}})


@pytest.mark.parametrize(
    ("own", "changes"), [({}, {}), ({"limits": {"sends_per_app": "100/d"}}, {"LIMIT_SENDS_PER_APP": "off"})]
)
def test_publishable_key_needs_a_send_limit(own, changes):
    """No secret key is required: a backend may verify proofs offline."""
    assert load(APPS=with_publishable_key(**own), **changes)


UNLIMITED = [
    ({}, {"LIMIT_SENDS_PER_APP": "off"}),
    ({"limits": {"sends_per_app": "off"}}, {}),
    ({"human_check": "always"}, {"LIMIT_SENDS_PER_APP": "off", "HUMAN_CHECK": "altcha"}),
]


@pytest.mark.parametrize(("own", "changes"), UNLIMITED)
def test_unlimited_publishable_key_is_refused(own, changes):
    """The key is public in the page's source, and a human check only slows down who spends without a limit."""
    (sentence,) = errors_of(APPS=with_publishable_key(**own), **changes)

    assert sentence.startswith("OTP_APPS (shop.publishable_keys) has a public key, and nothing limits how many SMS")
    assert "a limit, like 500/d: in the app's `limits.sends_per_app`, or in OTP_LIMIT_SENDS_PER_APP if the" in sentence


@pytest.mark.parametrize(("own", "changes"), UNLIMITED)
def test_suggested_fixes_for_an_unlimited_publishable_key_work(own, changes):
    """The service's setting has no effect on an app that overrides it."""
    assert load(APPS=with_publishable_key(**own | {"limits": {"sends_per_app": "500/d"}}), **changes)
    if "limits" not in own:
        assert load(APPS=with_publishable_key(**own), **changes | {"LIMIT_SENDS_PER_APP": "500/d"})


def test_origin_without_tls_is_refused_unless_it_is_loopback():
    """Mobile apps in a web view have the origin http://localhost."""
    (sentence,) = errors_of(APPS=with_publishable_key(origins=["https://a.example", "http://shop.example"]))

    assert sentence.startswith("OTP_APPS (shop.origins) has a page without TLS")
    assert load(APPS=with_publishable_key(origins=["https://a.example", "http://localhost", "http://[::1]:3000"]))
    assert load(ENV="development", APPS=with_publishable_key(origins=["http://shop.example"]))


@pytest.mark.parametrize("key", sorted(TEST_KEYS))
def test_production_refuses_public_test_keys_of_providers(key):
    account = {"HUMAN_CHECK": "turnstile", "HUMAN_CHECK_SITE_KEY": "0x4AAA", "HUMAN_CHECK_SECRET": "0x4BBB"}

    assert load(**account)
    for name in ("HUMAN_CHECK_SITE_KEY", "HUMAN_CHECK_SECRET"):
        (sentence,) = errors_of(**account | {name: key.upper()})
        assert sentence.startswith(f"OTP_{name} is a public test key of the provider")
        assert load(ENV="development", **account | {name: key})


def test_name_secret_must_differ_from_the_rotated_secrets():
    """It is not rotated with them, so it must survive their removal."""
    secret = secrets.token_urlsafe(32)
    (sentence,) = errors_of(SECRETS=f"k1:{secret}", NAME_SECRET=secret)

    assert sentence.startswith("OTP_NAME_SECRET is one of OTP_SECRETS")


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("http://shop.example.com/events", "OTP_APPS (shop.events) has a URL that is not https."),
        ("https://127.0.0.1/events", "OTP_APPS (shop.events) has a URL in a private network"),
        ("https://10.0.0.7:8443/events", "OTP_APPS (shop.events) has a URL in a private network"),
        ("https://[::1]/events", "OTP_APPS (shop.events) has a URL in a private network"),
        ("https://[fd00::7]/events", "OTP_APPS (shop.events) has a URL in a private network"),
        ("https://169.254.169.254/latest", "OTP_APPS (shop.events) has a URL in a private network"),
        ("https://localhost/events", "OTP_APPS (shop.events) has a URL in a private network"),
        ("https://otp.svc.internal/events", "OTP_APPS (shop.events) has a URL in a private network"),
    ],
)
def test_events_are_sent_over_https_and_into_no_private_network(url, start):
    own = {"secret_keys": [digest_key("sk_shop")], "events": [{"url": url, "types": ["verification.approved"]}]}

    (sentence,) = errors_of(APPS=json.dumps({"shop": own}))

    assert sentence.startswith(start)


def test_events_are_sent_to_a_public_endpoint():
    events = [{"url": "https://shop.example.com:8443/events", "types": ["verification.approved"]}]

    assert load(APPS=json.dumps({"shop": {"secret_keys": [digest_key("sk_shop")], "events": events}}))
