"""Errors of an invalid `OTP_APPS`: they name the app, the field and the fix, and never a key."""

import json

import pytest

from app.domain.api_key import digest_key
from app.settings.load import BadSettings, load_settings

SK, SK_NEW, PK = digest_key("sk_1"), digest_key("sk_2"), digest_key("pk_1")


def errors_of(apps):
    text = apps if isinstance(apps, str) else json.dumps(apps)
    with pytest.raises(BadSettings) as refusal:
        load_settings({"OTP_ENV": "development", "OTP_APPS": text})
    return refusal.value.sentences


@pytest.mark.parametrize("apps", ["", "[]", "shop", "/nowhere.json", ".", "nul\0", "x" * 9999])
def test_text_that_is_neither_json_nor_a_file_is_reported(apps):
    (sentence,) = errors_of(apps)

    assert sentence.startswith("OTP_APPS: it is neither JSON like {")


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("{", "line 1, column 2"),
        ('{"shop": {},\n}', "line 2, column 1"),
        ("{'shop': {}}", "line 1, column 2"),
        ('{"shop": {}} and more', "line 1, column 14"),
    ],
)
def test_invalid_json_is_reported_with_line_and_column(text, location, tmp_path):
    (tmp_path / "apps.json").write_text(text)

    for apps in (text, str(tmp_path / "apps.json")):
        (sentence,) = errors_of(apps)
        assert sentence.startswith(f"OTP_APPS: it is not valid JSON at {location}.")


@pytest.mark.parametrize("content", [b'{"\xff": {}}', b'{"a":' * 99_999])
def test_file_without_json_is_reported(content, tmp_path):
    (tmp_path / "apps.json").write_bytes(content)

    (sentence,) = errors_of(str(tmp_path / "apps.json"))

    assert sentence.startswith("OTP_APPS: it is not valid JSON")


@pytest.mark.parametrize(
    "apps",
    [
        '{"shop": {}, "shop": {}}',
        f'{{"shop": {{"secret_keys": ["{SK}"], "secret_keys": ["{SK_NEW}"]}}}}',
        f'{{"shop": {{"publishable_keys": {{"{PK}": [], "{PK}": []}}}}}}',
    ],
)
def test_duplicate_json_fields_are_refused(apps):
    """`json` alone would use the last and drop the first, with the keys in it."""
    (sentence,) = errors_of(apps)

    assert sentence.startswith("OTP_APPS: an app, a key or a field occurs twice")


@pytest.mark.parametrize(
    ("own", "location", "message"),
    [
        ([], "shop", "write an object"),
        ({"secret_keys": "x"}, "shop.secret_keys", "write a list"),
        ({"secret_keys": ["sk_in_clear"]}, "shop.secret_keys.0", "a key is listed by its SHA-256"),
        ({"secret_keys": [SK.upper()]}, "shop.secret_keys.0", "a key is listed by its SHA-256"),
        ({"secret_keys": [5]}, "shop.secret_keys.0", "write it as text"),
        ({"publishable_keys": [PK]}, "shop.publishable_keys", "write an object"),
        ({"publishable_keys": {"pk_in_clear": []}}, "shop.publishable_keys", "a key is listed by its SHA-256"),
        ({"publishable_keys": {PK: ["Log In"]}}, "shop.publishable_keys.0", "a purpose is 1 to 32 lower-case letters"),
        ({"publishable_keys": {PK: "login"}}, "shop.publishable_keys", "write a list"),
        ({"origins": "https://a.example"}, "shop.origins", "write a list"),
        ({"origins": ["https://a.example", "https://b.example/"]}, "shop.origins.1", "write an origin like"),
        ({"origins": ["*"]}, "shop.origins.0", "write an origin like"),
        ({"countries": ["NL", "XX"]}, "shop.countries", "no such country: XX"),
        ({"countries": []}, "shop.countries", "no such country: none given"),
        ({"countries": 31}, "shop.countries", "write a list"),
        ({"countries": [31]}, "shop.countries.0", "write it as text"),
        ({"human_check": "perhaps"}, "shop.human_check", "write 'always', 'suspicious' or 'never'"),
        ({"human_check": True}, "shop.human_check", "write 'always', 'suspicious' or 'never'"),
        ({"brand": ""}, "shop.brand", "1 to 30 printable characters"),
        ({"brand": 7}, "shop.brand", "write it as text"),
        ({"sender": "far too long a name"}, "shop.sender", "at most 11 letters, digits, spaces"),
        ({"sender": "31612345678"}, "shop.sender", "a number as + and at most 14 digits"),
        ({"sender": " Acme"}, "shop.sender", "at most 11 letters"),
        ({"autofill_host": "https://a.example"}, "shop.autofill_host", "write a host like"),
        ({"limits": []}, "shop.limits", "write an object"),
        ({"limits": {"sends_per_app": "many"}}, "shop.limits.sends_per_app", "write it like"),
        ({"limits": {"sends_per_app": 1000}}, "shop.limits.sends_per_app", "write it as text"),
        ({"limits": {"sends_per_app": {"rules": [[1, 1]]}}}, "shop.limits.sends_per_app", "write it as text"),
        ({"limits": {"sends_per_verification": "3"}}, "shop.limits.sends_per_verification", "write a whole number"),
        ({"limits": {"sends_per_verification": True}}, "shop.limits.sends_per_verification", "write a whole number"),
        ({"limits": {"sends_per_verification": 11}}, "shop.limits.sends_per_verification", "give at most 10"),
        ({"relays": "yes"}, "shop.relays", "write true or false"),
        ({"relays": 1}, "shop.relays", "write true or false"),
        ({"keys": []}, "shop.keys", "there is no such field"),
        ({"secret_key": SK}, "shop.secret_key", "there is no such field"),
        ({"limits": {"sends_per_hour": "3/h"}}, "shop.limits.sends_per_hour", "there is no such field"),
    ],
)
def test_error_names_the_app_and_the_field(own, location, message):
    (sentence,) = errors_of({"shop": own})

    assert sentence.startswith(f"OTP_APPS ({location}): ")
    assert message in sentence


@pytest.mark.parametrize(
    "limit",
    [
        "sends_per_number",
        "sends_per_address",
        "approved_sends_per_address",
        "device_sends_per_address",
        "checks_per_address",
        "sends_per_country",
        "spend_per_country",
        "test_sends_per_number",
        "calls_per_address",
        "bad_reports_per_address",
    ],
)
def test_limit_across_all_apps_is_refused_in_an_app(limit):
    (sentence,) = errors_of({"shop": {"limits": {limit: "3/h"}}})

    assert sentence.startswith(f"OTP_APPS (shop.limits): {limit}: counted across all apps, so set OTP_LIMIT_")
    assert f"OTP_LIMIT_{limit.upper()} instead" in sentence


@pytest.mark.parametrize("name", ["Shop", "my shop", "1shop", "", "x" * 33, "shop\n"])
def test_invalid_app_name_is_refused(name):
    (sentence,) = errors_of({name: {}})

    assert sentence.startswith("OTP_APPS: an app's name is 1 to 32 lower-case letters")


def test_all_errors_of_all_apps_are_reported_at_once():
    errors = errors_of({"shop": {"brand": 7, "keys": []}, "bank": {"origins": ["*"]}})

    assert [sentence.partition(":")[0] for sentence in errors] == [
        "OTP_APPS (shop.brand)",
        "OTP_APPS (shop.keys)",
        "OTP_APPS (bank.origins.0)",
    ]
