"""Where settings come from, and what is said of wrong ones."""

import re

import pytest
from pydantic import BaseModel

from app.settings.load import BadSettings, load_settings
from app.settings.model import Settings

DEVELOPMENT = {"OTP_ENV": "development"}


def refused(given, **more):
    """Give the sentences by which these settings are refused."""
    with pytest.raises(BadSettings) as refusal:
        load_settings(DEVELOPMENT | given, **more)
    return refusal.value.sentences


def test_every_setting_has_its_reason_below_it():
    assert not [name for name, field in Settings.model_fields.items() if len(field.description or "") < 20]


def test_a_sentence_names_the_setting_what_is_wrong_and_why():
    (sentence,) = refused({"OTP_CODE_LIFETIME": "900"})

    assert sentence.startswith("OTP_CODE_LIFETIME: give at most 600. ")
    assert "NIST SP 800-63B-4" in sentence
    assert "900" not in sentence


def test_all_that_is_wrong_is_said_at_once():
    """Or an operator would mend one, start, and learn of the next."""
    given = {"OTP_CODE_LIFETIME": "900", "OTP_ATTEMPTS": "99", "OTP_CODE_LENGHT": "6", "OTP_BRAND_FILE": "/nowhere"}

    sentences = refused(given | {"OTP_GATEWAY_TIMEOUT": "1"}, also=lambda _: ["OTP_GATEWAYS__X__Y: no."])

    names = {re.match(r"OTP_\w+", sentence)[0] for sentence in sentences}
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
def test_an_unknown_name_stops_the_start(name, tmp_path):
    """pydantic-settings would ignore it, and the wish with it."""
    (tmp_path / ".env").write_text(f"{name}=1\n")

    for sentences in (refused({name: "1"}), refused({}, env_file=tmp_path / ".env")):
        assert sentences == [f"{name} is no setting. Look it up in the README's table, or remove it."]


@pytest.mark.parametrize("name", ["RATELIMIT_ENABLED", "ratelimit_default", "RATELIMIT_"])
@pytest.mark.parametrize("env", ["development", "production"])
def test_a_name_of_the_library_that_counts_calls_stops_the_start(name, env, tmp_path):
    """Whoever writes it believes that it does something, and no limit is switched off by a stray name."""
    (tmp_path / ".env").write_text(f"{name}=False\n")

    for sentences in (refused({name: "False", "OTP_ENV": env}), refused({"OTP_ENV": env}, env_file=tmp_path / ".env")):
        assert sentences[0].startswith(f"{name} is of slowapi")
        assert "OTP_LIMIT_CALLS_PER_ADDRESS" in sentences[0]


def test_nothing_is_said_of_what_a_setting_that_cannot_be_read_might_have_been():
    """Its default stands in for it meanwhile, and is not what the operator wrote."""
    given = {"OTP_HUMAN_CHECK": "captcha", "OTP_HUMAN_CHECK_WHEN": "suspicious", "OTP_HUMAN_CHECK_SECRET": "s"}

    (sentence,) = refused(given | {"OTP_BRAND": "Acme"})

    assert sentence.startswith("OTP_HUMAN_CHECK: ")


def test_foreign_names_are_none_of_our_business(tmp_path):
    (tmp_path / ".env").write_text(
        "PORT=8001\nRATELIMITS=x\nCOMPOSE_PROJECT_NAME=x\n# OTP_NONSENSE=1\nOTP_BRAND=Acme\n"
    )

    settings = load_settings(DEVELOPMENT | {"PATH": "/bin", "XOTP_Y": "1"}, tmp_path / ".env")

    assert settings.brand == "Acme"


def test_the_environment_goes_before_the_file(tmp_path):
    (tmp_path / ".env").write_text("OTP_BRAND=File\nOTP_ATTEMPTS=7\n")

    settings = load_settings(DEVELOPMENT | {"OTP_BRAND": "Shell"}, tmp_path / ".env")

    assert (settings.brand, settings.attempts) == ("Shell", 7)


def test_without_a_file_the_defaults_hold(tmp_path):
    settings = load_settings(DEVELOPMENT, tmp_path / ".env")

    assert (settings.code_length, settings.code_lifetime, settings.attempts) == (6, 300, 5)
    assert settings.redis_url == "memory://"


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    (tmp_path / ".env").write_bytes(b"OTP_BRAND=\xff\xfe\n")

    (sentence,) = refused({}, env_file=tmp_path / ".env")

    assert "cannot be read" in sentence


def test_any_setting_may_come_from_a_file(tmp_path):
    """As secrets of containers do."""
    (tmp_path / "brand").write_text("Acme\n")
    (tmp_path / "key").write_text("account\n")

    settings = load_settings(
        DEVELOPMENT
        | {"OTP_BRAND_FILE": str(tmp_path / "brand"), "OTP_GATEWAYS__SMSTOOLS__CLIENT_ID_FILE": str(tmp_path / "key")}
    )

    assert settings.brand == "Acme"
    assert settings.gateways == {"smstools": {"client_id": "account"}}


def test_a_setting_that_is_given_twice_is_refused(tmp_path):
    (tmp_path / "brand").write_text("Acme")

    sentences = refused({"OTP_BRAND": "Acme", "OTP_BRAND_FILE": str(tmp_path / "brand")})

    assert sentences == ["OTP_BRAND and OTP_BRAND_FILE are both given. Keep one of them."]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_named_file_that_cannot_be_read_is_said(tmp_path, content):
    if content:
        (tmp_path / "brand").write_bytes(content)

    (sentence,) = refused({"OTP_BRAND_FILE": str(tmp_path / "brand")})

    assert sentence.startswith("OTP_BRAND_FILE names a file that cannot be read.")


@pytest.mark.parametrize("value", ["4711", "null", "true", '"x"', "[1]", '{"a": 1}', "1e5", "007"])
def test_what_a_gateway_is_given_stays_as_it_was_written(value):
    """Account numbers and passwords look like JSON often enough."""
    settings = load_settings(DEVELOPMENT | {"OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET": value})

    assert settings.gateways == {"smstools": {"client_secret": value}}


def test_names_may_be_written_small():
    assert load_settings({"otp_env": "development", "otp_brand": "Acme"}).brand == "Acme"


def test_a_name_in_two_spellings_is_refused(tmp_path):
    """One of them would be taken, and nobody could say which."""
    (tmp_path / ".env").write_text("otp_brand=Acme\nOTP_BRAND=Bank\n")

    for sentences in (refused({"otp_brand": "Acme", "OTP_BRAND": "Acme"}), refused({}, env_file=tmp_path / ".env")):
        assert sentences == ["OTP_BRAND is given twice, as otp_brand and OTP_BRAND. Keep one of them."]


@pytest.mark.parametrize(("kept", "given"), [("otp_brand", "OTP_BRAND"), ("OTP_BRAND", "otp_brand")])
def test_the_environment_goes_before_the_file_in_any_spelling(kept, given, tmp_path):
    (tmp_path / ".env").write_text(f"{kept}=File\n")

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
def test_no_sentence_repeats_a_value(name, value):
    said = str(refused({f"OTP_{name}": value})).lower()

    assert SECRET.lower() not in said
    assert "sk_test" not in said


def test_settings_do_not_print_their_secrets():
    settings = load_settings(
        DEVELOPMENT
        | {"OTP_REDIS_URL": f"redis://:{SECRET}@127.0.0.1/0", "OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET": SECRET}
    )

    assert isinstance(settings, BaseModel)
    assert SECRET not in f"{settings!r} {settings}"
    assert "ZGV2ZWxvc" not in f"{settings!r} {settings}"
