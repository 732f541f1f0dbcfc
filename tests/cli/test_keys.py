"""`otp keys new`: the generated key, its id and its digest."""

import json
import re

import pytest

from app.compat.twilio.accounts import Accounts
from app.domain.api_key import digest_key, key_id
from app.settings.load import load_settings


def key_in(result, kind):
    """Return the printed key, which must occur once, on stdout only."""
    assert result.exit_code == 0, result.output
    (key,) = re.findall(rf"{kind}_[A-Za-z0-9_-]{{43}}", result.stdout)
    assert key not in result.stderr, "it is data, for a file or a pipe"
    return key


def digest_in(result):
    """Return the printed digest, which must be on its own line."""
    (digest,) = re.findall(r"^digest\t([0-9a-f]{64})$", result.stdout, re.MULTILINE)
    return digest


def test_secret_key_is_printed_with_its_id_and_digest(otp):
    result = otp("keys", "new")
    key = key_in(result, "sk")

    assert digest_in(result) == digest_key(key)
    assert f"id\t{key_id(digest_key(key))}\n" in result.stdout
    assert "the list `secret_keys`" in result.stderr


def test_publishable_key_hint_shows_purposes_and_origins(otp):
    result = otp("keys", "new", "--publishable")

    assert digest_in(result) == digest_key(key_in(result, "pk"))
    assert "into `publishable_keys`" in result.stderr
    assert '{"<digest>": ["login"]}' in result.stderr
    assert "`origins`" in result.stderr


@pytest.mark.parametrize("args", [[], ["--publishable"]])
def test_output_contains_no_json_field_to_paste(otp, args):
    """An app already has the field, and pasting a second one would duplicate it."""
    assert '_keys":' not in otp("keys", "new", *args).output


def test_printed_digests_are_valid_settings(otp):
    secret, publishable = digest_in(otp("keys", "new")), digest_in(otp("keys", "new", "--publishable"))
    apps = {"shop": {"secret_keys": [secret], "publishable_keys": {publishable: ["login"]}}}

    assert load_settings({"OTP_ENV": "development", "OTP_APPS": json.dumps(apps)}).apps["shop"]


def test_every_key_is_different(otp):
    assert key_in(otp("keys", "new"), "sk") != key_in(otp("keys", "new"), "sk")


def test_command_needs_no_settings_and_writes_no_file(otp, folder):
    """An operator may generate a key on another machine, or with invalid settings."""
    key_in(otp("keys", "new", CODE_LENGTH="99"), "sk")

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("args", [["old"], ["new", "--app"], ["new", "shop"]])
def test_unknown_argument_is_invalid_usage(otp, args):
    assert otp("keys", *args).exit_code == 2


@pytest.mark.parametrize("args", [[], ["--publishable"]])
def test_output_fits_on_80_columns(otp, args):
    assert not [line for line in otp("keys", "new", *args).output.splitlines() if len(line) > 80]


APPS = '{"shop": {}}'


def facts_in(result):
    """Return the printed facts of a token, which must be on stdout only."""
    assert result.exit_code == 0, result.output
    facts = dict(line.split("\t") for line in result.stdout.splitlines())
    assert facts["auth_token"] not in result.stderr
    return facts


def test_twilio_token_is_printed_with_all_that_a_client_is_configured_with(otp):
    result = otp("keys", "new", "--twilio", "shop", APPS=APPS, ENV="development")
    facts = facts_in(result)

    assert list(facts) == ["account_sid", "service_sid (login)", "api_key_sid", "auth_token", "id", "digest"]
    assert re.fullmatch("[0-9a-f]{32}", facts["auth_token"]), "Twilio's SDK for Go refuses other characters"
    assert facts["digest"] == digest_key(facts["auth_token"])
    assert facts["id"] == key_id(facts["digest"])
    assert "into `twilio_tokens`" in result.stderr


def test_twilio_token_is_a_valid_setting_of_the_printed_account(otp):
    args = ["--purpose", "login", "--purpose", "signup"]
    facts = facts_in(otp("keys", "new", "--twilio", "shop", *args, APPS=APPS, ENV="development"))
    apps = {"shop": {"twilio_tokens": {facts["digest"]: ["login", "signup"]}}}
    settings = load_settings({"OTP_ENV": "development", "OTP_APPS": json.dumps(apps)})

    accounts = Accounts.of(settings)

    assert set(accounts.services) == {facts["service_sid (login)"], facts["service_sid (signup)"]}
    assert set(accounts.callers) == {(facts[name], facts["digest"]) for name in ("account_sid", "api_key_sid")}


@pytest.mark.parametrize(
    "args",
    [
        ["--twilio", "bank"],
        ["--twilio", "shop", "--publishable"],
        ["--purpose", "login"],
        ["--twilio", "shop", "--purpose", "Log in"],
    ],
)
def test_wrong_options_of_a_twilio_token_are_invalid_usage(otp, args):
    result = otp("keys", "new", *args, APPS=APPS, ENV="development")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_twilio_output_fits_on_80_columns(otp):
    result = otp("keys", "new", "--twilio", "shop", APPS=APPS, ENV="development")

    assert not [line for line in result.output.splitlines() if len(line) > 80]
