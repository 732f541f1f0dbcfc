"""`otp init`: a `.env` that production accepts once the operator has filled in the rest."""

import os
import re
import stat

import pytest
from dotenv import dotenv_values

from app.container import gateway_errors
from app.domain.api_key import digest_key
from app.settings.load import BadSettings, load_settings

OPEN_SETTINGS = {"OTP_COUNTRIES", "OTP_GATEWAYS__SMSTOOLS__CLIENT_ID", "OTP_GATEWAYS__SMSTOOLS__SENDER"}
OPERATOR_SETTINGS = {
    "OTP_COUNTRIES": "NL",
    "OTP_GATEWAYS__SMSTOOLS__CLIENT_ID": "account",
    "OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET": "secret",
    "OTP_GATEWAYS__SMSTOOLS__SENDER": "Acme",
}


def test_env_file_is_readable_by_its_owner_only(otp, folder):
    before = os.umask(0)
    try:
        assert otp("init").exit_code == 0
    finally:
        os.umask(before)

    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


def test_existing_file_is_not_overwritten(otp, folder):
    (folder / ".env").write_text("OTP_BRAND=Mine\n")

    result = otp("init")

    assert result.exit_code == 1
    assert "already exists" in result.stderr
    assert (folder / ".env").read_text() == "OTP_BRAND=Mine\n"


def test_missing_folder_is_reported(otp):
    result = otp("init", "--file", "nowhere/.env")

    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_filled_in_file_is_accepted_in_production(otp, folder):
    otp("init")

    settings = load_settings(OPERATOR_SETTINGS, folder / ".env", also=gateway_errors)

    assert settings.is_production
    assert not settings.limit_sends_per_app.is_off
    assert settings.redis_url == "redis://127.0.0.1:6379/0"
    assert settings.brand is None, "no brand of ours: an SMS without one names none"


def test_unfilled_file_lacks_only_the_open_settings(otp, folder):
    otp("init")

    with pytest.raises(BadSettings) as refusal:
        load_settings({}, folder / ".env", also=gateway_errors)

    names = {sentence.split()[0].rstrip(":") for sentence in refusal.value.sentences}
    assert names <= OPEN_SETTINGS | {"OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET"}
    assert names >= OPEN_SETTINGS


def test_key_is_printed_once_and_stored_as_a_digest(otp, folder):
    output = otp("init", "--app", "shop").stdout
    (key,) = re.findall(r"sk_\S+", output)

    env_text = (folder / ".env").read_text()
    assert key not in env_text
    assert digest_key(key) in env_text
    assert load_settings(OPERATOR_SETTINGS, folder / ".env").apps["shop"].secret_keys == [digest_key(key)]


def test_dash_prints_the_file_to_stdout_and_the_key_to_stderr(otp, folder):
    """With `otp init --file - >> .env` the key is shown on the terminal and is not in the file."""
    result = otp("init", "--file", "-")
    (folder / ".env").write_text(result.stdout)

    settings = load_settings(OPERATOR_SETTINGS, folder / ".env", also=gateway_errors)
    assert settings.is_production
    assert settings.redis_url == "redis://redis:6379/0", "the Redis of docker-compose.yml, whose containers print it"
    assert "sk_" not in result.stdout
    assert re.search(r"sk_\S+", result.stderr)


def test_dash_refuses_to_print_when_secrets_are_set(otp):
    """New secrets, appended to a file with old ones, would win and make stored codes and numbers unreadable."""
    result = otp("init", "--file", "-", SECRETS="k1:x")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing was changed" in result.stderr


def test_every_file_has_fresh_secrets(otp, folder):
    otp("init", "--file", "a")
    otp("init", "--file", "b")

    a, b = dotenv_values(folder / "a"), dotenv_values(folder / "b")
    generated = {"OTP_SECRETS", "OTP_NAME_SECRET", "OTP_APPS", "OTP_GATEWAYS__SMSTOOLS__REPORT_TOKEN"}
    assert {name for name in a if a[name] != b[name]} == generated


def test_options_are_written_to_the_file(otp, folder):
    args = ["--public-url", "https://id.example.com", "--redis-url", "rediss://r:1/2", "--countries", "NL,BE"]
    assert otp("init", *args, "--brand", "Bob's Bikes").exit_code == 0

    settings = load_settings(OPERATOR_SETTINGS, folder / ".env")
    assert (settings.public_url, settings.redis_url) == ("https://id.example.com", "rediss://r:1/2")
    assert settings.brand == "Bob's Bikes"
    assert dotenv_values(folder / ".env")["OTP_COUNTRIES"] == "NL,BE"


@pytest.mark.parametrize(
    ("args", "name"),
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
def test_invalid_option_is_reported_and_no_file_is_written(otp, folder, args, name):
    result = otp("init", *args)

    assert result.exit_code == 2
    assert name in result.stderr
    assert not (folder / ".env").exists()


def test_output_and_comments_fit_on_80_columns(otp, folder):
    output = otp("init").stdout

    comments = [line for line in (folder / ".env").read_text().splitlines() if line.startswith("#")]
    assert not [line for line in [*output.splitlines(), *comments] if len(line) > 80]
