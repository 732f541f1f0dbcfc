"""`otp keys new` draws a key, and keeps nothing of it."""

import json
import re

import pytest

from app.domain.api_key import digest_key, key_id
from app.settings.load import load_settings


def drawn(answer, kind):
    """Give the key that was printed, which must stand there once."""
    assert answer.exit_code == 0, answer.output
    (key,) = re.findall(rf"{kind}_[A-Za-z0-9_-]{{43}}", answer.stdout)
    assert key not in answer.stderr, "it is data, for a file or a pipe"
    return key


def digest_in(answer):
    """Give the digest that was printed, which must stand on a line of its own."""
    (digest,) = re.findall(r"^digest\t([0-9a-f]{64})$", answer.stdout, re.MULTILINE)
    return digest


def test_a_secret_key_is_printed_with_its_id_and_its_digest(otp):
    answer = otp("keys", "new")
    key = drawn(answer, "sk")

    assert digest_in(answer) == digest_key(key)
    assert f"id\t{key_id(digest_key(key))}\n" in answer.stdout
    assert "the list `secret_keys`" in answer.stderr


def test_a_publishable_key_is_listed_with_its_purposes(otp):
    answer = otp("keys", "new", "--publishable")

    assert digest_in(answer) == digest_key(drawn(answer, "pk"))
    assert "into `publishable_keys`" in answer.stderr
    assert '{"<digest>": ["login"]}' in answer.stderr
    assert "`origins`" in answer.stderr


@pytest.mark.parametrize("words", [[], ["--publishable"]])
def test_no_second_field_comes_of_what_is_printed(otp, words):
    """An app has its keys already, and whoever pastes a field beside them has it twice."""
    assert '_keys":' not in otp("keys", "new", *words).output


def test_what_is_printed_is_what_the_settings_take(otp):
    secret, publishable = digest_in(otp("keys", "new")), digest_in(otp("keys", "new", "--publishable"))
    apps = {"shop": {"secret_keys": [secret], "publishable_keys": {publishable: ["login"]}}}

    assert load_settings({"OTP_ENV": "development", "OTP_APPS": json.dumps(apps)}).apps["shop"]


def test_no_two_keys_are_alike(otp):
    assert drawn(otp("keys", "new"), "sk") != drawn(otp("keys", "new"), "sk")


def test_it_needs_no_settings_and_writes_no_file(otp, folder):
    """An operator draws a key where the service does not run, and with settings that do not work yet."""
    drawn(otp("keys", "new", CODE_LENGTH="99"), "sk")

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("words", [["old"], ["new", "--app"], ["new", "shop"]])
def test_a_word_that_it_does_not_know_is_a_wrong_use(otp, words):
    assert otp("keys", *words).exit_code == 2


@pytest.mark.parametrize("words", [[], ["--publishable"]])
def test_what_is_said_fits_on_80_columns(otp, words):
    assert not [line for line in otp("keys", "new", *words).output.splitlines() if len(line) > 80]
