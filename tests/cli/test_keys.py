"""`otp keys new`: the generated key, its id and its digest."""

import json
import re

import pytest

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
