"""`otp init` writes a `.env` that production takes, once the operator has filled in what only they know."""

import os
import re
import stat

import pytest
from dotenv import dotenv_values

from app.container import gateway_errors
from app.domain.api_key import digest_key
from app.settings.load import BadSettings, load_settings

OPEN = {"OTP_COUNTRIES", "OTP_GATEWAYS__SMSTOOLS__CLIENT_ID", "OTP_GATEWAYS__SMSTOOLS__SENDER"}
FILLED_IN = {
    "OTP_COUNTRIES": "NL",
    "OTP_GATEWAYS__SMSTOOLS__CLIENT_ID": "account",
    "OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET": "secret",
    "OTP_GATEWAYS__SMSTOOLS__SENDER": "Acme",
}


def test_the_file_is_for_its_owner_alone(otp, folder):
    before = os.umask(0)
    try:
        assert otp("init").exit_code == 0
    finally:
        os.umask(before)

    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


def test_what_is_there_is_not_overwritten(otp, folder):
    (folder / ".env").write_text("OTP_BRAND=Mine\n")

    answer = otp("init")

    assert answer.exit_code == 1
    assert "is there already" in answer.stderr
    assert (folder / ".env").read_text() == "OTP_BRAND=Mine\n"


def test_a_folder_that_is_not_there_is_said(otp):
    answer = otp("init", "--file", "nowhere/.env")

    assert answer.exit_code == 1
    assert "cannot be written" in answer.stderr


def test_production_takes_it_once_it_is_filled_in(otp, folder):
    otp("init")

    settings = load_settings(FILLED_IN, folder / ".env", also=gateway_errors)

    assert settings.is_production
    assert not settings.limit_sends_per_app.is_off
    assert (settings.secrets[0].id, settings.brand) == (settings.secrets[0].id, "verification")


def test_until_then_production_asks_for_exactly_what_is_open(otp, folder):
    otp("init")

    with pytest.raises(BadSettings) as refusal:
        load_settings({}, folder / ".env", also=gateway_errors)

    names = {sentence.split()[0].rstrip(":") for sentence in refusal.value.sentences}
    assert names <= OPEN | {"OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET"}
    assert names >= OPEN


def test_the_key_is_printed_once_and_kept_as_a_digest(otp, folder):
    said = otp("init", "--app", "shop").stdout
    (key,) = re.findall(r"sk_\S+", said)

    kept = (folder / ".env").read_text()
    assert key not in kept
    assert digest_key(key) in kept
    assert load_settings(FILLED_IN, folder / ".env").apps["shop"].secret_keys == [digest_key(key)]


def test_it_prints_the_file_for_a_container_and_the_key_beside_it(otp, folder):
    """`otp init --file - >> .env`: the key shows on the terminal and stays out of the file."""
    answer = otp("init", "--file", "-")
    (folder / ".env").write_text(answer.stdout)

    assert load_settings(FILLED_IN, folder / ".env", also=gateway_errors).is_production
    assert "sk_" not in answer.stdout
    assert re.search(r"sk_\S+", answer.stderr)


def test_it_prints_nothing_over_secrets_that_are_there(otp):
    """Appended to a file that has secrets, new ones would win and make all codes and numbers unreadable."""
    answer = otp("init", "--file", "-", SECRETS="k1:x")

    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "nothing was changed" in answer.stderr


def test_no_two_files_are_alike(otp, folder):
    otp("init", "--file", "a")
    otp("init", "--file", "b")

    a, b = dotenv_values(folder / "a"), dotenv_values(folder / "b")
    drawn = {"OTP_SECRETS", "OTP_NAME_SECRET", "OTP_APPS", "OTP_GATEWAYS__SMSTOOLS__REPORT_TOKEN"}
    assert {name for name in a if a[name] != b[name]} == drawn


def test_options_stand_in_the_file(otp, folder):
    words = ["--public-url", "https://id.example.com", "--redis-url", "rediss://r:1/2", "--countries", "NL,BE"]
    assert otp("init", *words, "--brand", "Bob's Bikes").exit_code == 0

    settings = load_settings(FILLED_IN, folder / ".env")
    assert (settings.public_url, settings.redis_url) == ("https://id.example.com", "rediss://r:1/2")
    assert settings.brand == "Bob's Bikes"
    assert dotenv_values(folder / ".env")["OTP_COUNTRIES"] == "NL,BE"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--app", "My Shop"], "OTP_APPS"),
        (["--public-url", "otp.example.com"], "OTP_PUBLIC_URL"),
        (["--redis-url", "redis.example.com"], "OTP_REDIS_URL"),
        (["--countries", "Holland"], "OTP_COUNTRIES"),
        (["--brand", "Acme #1"], "OTP_BRAND"),
        (["--brand", "two\nOTP_ENV=development"], "OTP_BRAND"),
        (["--brand", "x" * 31], "OTP_BRAND"),
    ],
)
def test_a_wrong_option_is_said_before_anything_is_written(otp, folder, words, name):
    answer = otp("init", *words)

    assert answer.exit_code == 2
    assert name in answer.stderr
    assert not (folder / ".env").exists()


def test_what_is_printed_and_explained_fits_on_80_columns(otp, folder):
    said = otp("init").stdout

    comments = [line for line in (folder / ".env").read_text().splitlines() if line.startswith("#")]
    assert not [line for line in [*said.splitlines(), *comments] if len(line) > 80]
