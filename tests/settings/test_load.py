"""Loading of settings from environment, `.env` and files, and the errors it reports."""

import re

import pytest
from pydantic import BaseModel

from app.settings.load import BadSettings, load_settings
from app.settings.model import Settings

DEVELOPMENT = {"OTP_ENV": "development"}


def errors_of(given, **options):
    """Return the errors of these settings."""
    with pytest.raises(BadSettings) as refusal:
        load_settings(DEVELOPMENT | given, **options)
    return refusal.value.sentences


def test_every_setting_has_a_description():
    assert not [name for name, field in Settings.model_fields.items() if len(field.description or "") < 20]


def test_error_names_the_setting_the_bound_and_the_reason():
    (sentence,) = errors_of({"OTP_CODE_LIFETIME": "900"})

    assert sentence.startswith("OTP_CODE_LIFETIME: give at most 600. ")
    assert "NIST SP 800-63B-4" in sentence
    assert "900" not in sentence


def test_all_errors_are_reported_at_once():
    """Otherwise an operator would have to restart once per error."""
    given = {"OTP_CODE_LIFETIME": "900", "OTP_ATTEMPTS": "99", "OTP_CODE_LENGHT": "6", "OTP_BRAND_FILE": "/nowhere"}

    errors = errors_of(given | {"OTP_GATEWAY_TIMEOUT": "1"}, also=lambda _: ["OTP_GATEWAYS__X__Y: no."])

    names = {re.match(r"OTP_\w+", sentence)[0] for sentence in errors}
    assert names == {
        "OTP_CODE_LIFETIME",
        "OTP_ATTEMPTS",
        "OTP_CODE_LENGHT",
        "OTP_BRAND_FILE",
        "OTP_GATEWAY_CONNECT_TIMEOUT",
        "OTP_GATEWAYS__X__Y",
    }


@pytest.mark.parametrize(
    "name", ["OTP_CODE_LENGHT", "OTP_", "OTP_GATEWAYS", "OTP_GATEWAYS__SMSTOOLS", "OTP_GATEWAYS__A__B__C", "OTP_X__Y"]
)
def test_unknown_name_stops_the_start(name, tmp_path):
    """pydantic-settings would silently ignore it."""
    (tmp_path / ".env").write_text(f"{name}=1\n")

    for errors in (errors_of({name: "1"}), errors_of({}, env_file=tmp_path / ".env")):
        assert errors == [f"{name} is not a setting. Look it up in docs/operating/settings.md, or remove it."]


@pytest.mark.parametrize("name", ["RATELIMIT_ENABLED", "ratelimit_default", "RATELIMIT_"])
@pytest.mark.parametrize("env", ["development", "production"])
def test_slowapi_setting_stops_the_start(name, env, tmp_path):
    """The operator would believe that it changes a limit."""
    (tmp_path / ".env").write_text(f"{name}=False\n")

    for errors in (errors_of({name: "False", "OTP_ENV": env}), errors_of({"OTP_ENV": env}, env_file=tmp_path / ".env")):
        assert errors[0].startswith(f"{name} is a setting of slowapi")
        assert "OTP_LIMIT_CALLS_PER_ADDRESS" in errors[0]


def test_all_settings_of_slowapi_are_reported_with_the_other_errors(tmp_path):
    (tmp_path / ".env").write_text("RATELIMIT_ENABLED=False\n")

    errors = errors_of({"RATELIMIT_DEFAULT": "9/s", "OTP_NONSENSE": "1"}, env_file=tmp_path / ".env")

    assert [sentence.split()[0] for sentence in errors] == ["RATELIMIT_ENABLED", "RATELIMIT_DEFAULT", "OTP_NONSENSE"]


def test_checks_skip_settings_that_are_invalid():
    """An invalid setting has its default during the checks, which the operator did not write."""
    given = {"OTP_HUMAN_CHECK": "captcha", "OTP_HUMAN_CHECK_WHEN": "suspicious", "OTP_HUMAN_CHECK_SECRET": "s"}

    (sentence,) = errors_of(given | {"OTP_BRAND": "Acme"})

    assert sentence.startswith("OTP_HUMAN_CHECK: ")


def test_names_without_the_prefix_are_ignored(tmp_path):
    (tmp_path / ".env").write_text(
        "PORT=8001\nRATELIMITS=x\nCOMPOSE_PROJECT_NAME=x\n# OTP_NONSENSE=1\nOTP_BRAND=Acme\n"
    )

    settings = load_settings(DEVELOPMENT | {"PATH": "/bin", "XOTP_Y": "1"}, tmp_path / ".env")

    assert settings.brand == "Acme"


def test_environment_overrides_the_env_file(tmp_path):
    (tmp_path / ".env").write_text("OTP_BRAND=File\nOTP_ATTEMPTS=7\n")

    settings = load_settings(DEVELOPMENT | {"OTP_BRAND": "Shell"}, tmp_path / ".env")

    assert (settings.brand, settings.attempts) == ("Shell", 7)


def test_missing_env_file_leaves_the_defaults(tmp_path):
    settings = load_settings(DEVELOPMENT, tmp_path / ".env")

    assert (settings.code_length, settings.code_lifetime, settings.attempts) == (6, 300, 5)
    assert settings.redis_url == "memory://"


def test_unreadable_env_file_is_reported(tmp_path):
    (tmp_path / ".env").write_bytes(b"OTP_BRAND=\xff\xfe\n")

    (sentence,) = errors_of({}, env_file=tmp_path / ".env")

    assert "cannot be read" in sentence


def test_any_setting_is_read_from_its_file_variable(tmp_path):
    """Container platforms mount secrets as files."""
    (tmp_path / "brand").write_text("Acme\n")
    (tmp_path / "key").write_text("account\n")

    settings = load_settings(
        DEVELOPMENT
        | {"OTP_BRAND_FILE": str(tmp_path / "brand"), "OTP_GATEWAYS__SMSTOOLS__CLIENT_ID_FILE": str(tmp_path / "key")}
    )

    assert settings.brand == "Acme"
    assert settings.gateways == {"smstools": {"client_id": "account"}}


def test_value_and_file_of_one_setting_are_refused(tmp_path):
    (tmp_path / "brand").write_text("Acme")

    errors = errors_of({"OTP_BRAND": "Acme", "OTP_BRAND_FILE": str(tmp_path / "brand")})

    assert errors == ["OTP_BRAND and OTP_BRAND_FILE are both set. Keep one of them."]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_unreadable_setting_file_is_reported(tmp_path, content):
    if content:
        (tmp_path / "brand").write_bytes(content)

    (sentence,) = errors_of({"OTP_BRAND_FILE": str(tmp_path / "brand")})

    assert sentence.startswith("OTP_BRAND_FILE names a file that cannot be read.")


@pytest.mark.parametrize("value", ["4711", "null", "true", '"x"', "[1]", '{"a": 1}', "1e5", "007"])
def test_gateway_settings_stay_text(value):
    """Account numbers and passwords often look like JSON."""
    settings = load_settings(DEVELOPMENT | {"OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET": value})

    assert settings.gateways == {"smstools": {"client_secret": value}}


def test_names_are_case_insensitive():
    assert load_settings({"otp_env": "development", "otp_brand": "Acme"}).brand == "Acme"


def test_one_name_in_two_spellings_is_refused(tmp_path):
    """Which of the two wins would be undefined."""
    (tmp_path / ".env").write_text("otp_brand=Acme\nOTP_BRAND=Bank\n")

    for errors in (errors_of({"otp_brand": "Acme", "OTP_BRAND": "Acme"}), errors_of({}, env_file=tmp_path / ".env")):
        assert errors == ["OTP_BRAND is set twice, as otp_brand and OTP_BRAND. Keep one of them."]


@pytest.mark.parametrize(("in_file", "given"), [("otp_brand", "OTP_BRAND"), ("OTP_BRAND", "otp_brand")])
def test_environment_overrides_the_env_file_in_any_spelling(in_file, given, tmp_path):
    (tmp_path / ".env").write_text(f"{in_file}=File\n")

    assert load_settings(DEVELOPMENT | {given: "Shell"}, tmp_path / ".env").brand == "Shell"


SECRET = "Sup3rS3cretSup3rS3cretSup3rS3cretSup3rS3cretSup3rS3cret"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRETS", SECRET),
        ("SECRETS", f"k1:{SECRET}"),
        ("SECRETS", f"k1:{SECRET}!,k1:{SECRET}"),
        ("NAME_SECRET", SECRET),
        ("REDIS_URL", f"redis://:{SECRET}@127.0.0.1:port/0"),
        ("REDIS_URL", f"http://{SECRET}"),
        ("PUBLIC_URL", f"https://{SECRET}@example.com"),
        ("APPS", f'{{"shop": {{"secret_keys": ["{SECRET}"]}}}}'),
        ("APPS", f'{{"shop": {{"secret_keys": {{"{SECRET}": 1}}}}}}'),
        ("APPS", f'{{"shop": {{"{SECRET}": 1}}}}'),
        ("APPS", f'{{"{SECRET}": {{}}}}'),
        ("APPS", f'{{"shop": {{"publishable_keys": {{"{SECRET}": []}}}}}}'),
        ("APPS", f'{{"shop": {{"publishable_keys": {{"sk_test": ["{SECRET}"]}}}}}}'),
        ("APPS", f'{{"shop": {{"sk_test": "{SECRET}"}}}}'),
        ("APPS", f'{{"sk_test": {{"brand": "{SECRET}"}}}}'),
        ("APPS", f'{{"shop": {{"limits": {{"{SECRET}": "1/h"}}}}}}'),
        ("APPS", f'{{"shop": {{"origins": ["https://{SECRET}"], "autofill_host": "{SECRET}", "sender": "{SECRET}"}}}}'),
        ("APPS", f'{{"shop": {{"countries": ["{SECRET}"]}}}}'),
        ("APPS", f'{{"shop": {{}}, "shop": "{SECRET}"}}'),
        ("APPS", f'{{"{SECRET}"'),
        ("APPS", f"/nowhere/{SECRET}"),
        ("TRUSTED_PROXIES", SECRET),
        ("HUMAN_CHECK_SECRET", f"{SECRET} {SECRET}"),
        ("TEST_NUMBERS", f"+31612345678={SECRET}@2026-12-31"),
        ("COUNTRIES_FILE", f"/nowhere/{SECRET}"),
    ],
)
def test_no_error_quotes_a_value(name, value):
    errors_text = str(errors_of({f"OTP_{name}": value})).lower()

    assert SECRET.lower() not in errors_text
    assert "sk_test" not in errors_text


def test_repr_of_settings_hides_secrets():
    settings = load_settings(
        DEVELOPMENT
        | {"OTP_REDIS_URL": f"redis://:{SECRET}@127.0.0.1/0", "OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET": SECRET}
    )

    assert isinstance(settings, BaseModel)
    assert SECRET not in f"{settings!r} {settings}"
    assert "ZGV2ZWxvc" not in f"{settings!r} {settings}"
