"""Settings that are more than a word."""

import json

import phonenumbers
import pytest
from pydantic import SecretStr

from app.domain.caller import digest_key
from app.settings.load import BadSettings, load_settings
from app.settings.readers import decode_secret, read_countries, read_public_url, read_redis_url, read_test_numbers

ONE = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
TWO = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA"


def load(**given):
    return load_settings({"OTP_ENV": "development"} | {f"OTP_{name}": value for name, value in given.items()})


def test_secrets_are_read_newest_first():
    secrets = load(SECRETS=f"k2:{TWO}, k1:{ONE}=").secrets

    assert [secret.id for secret in secrets] == ["k2", "k1"]
    assert secrets[1].value.get_secret_value() == b"0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ONE,
        f":{ONE}",
        f"k 1:{ONE}",
        f"{'k' * 17}:{ONE}",
        f"k1:{ONE},",
        f"k1:{ONE},k1:{TWO}",
        f"k1:{ONE[:-2]}",
        f"k1:{ONE}AAAA",
        "k1:????",
        f"k1:{'AAAB' * 10}AAA",
    ],
)
def test_what_is_no_secret_is_refused(text):
    with pytest.raises(BadSettings):
        load(SECRETS=text)


def test_a_lone_secret_is_32_bytes():
    assert decode_secret(SecretStr(f" {ONE}\n")) == b"0123456789abcdef0123456789abcdef"


def test_countries_are_two_letters_each():
    assert read_countries("nl, BE,") == {"NL", "BE"}
    assert read_countries("*") == phonenumbers.SUPPORTED_REGIONS


@pytest.mark.parametrize("text", ["", ",", "NLD", "XX", "NL;BE", "NL BE", "**"])
def test_a_country_that_does_not_exist_is_refused(text):
    with pytest.raises(ValueError, match="no such country"):
        read_countries(text)


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://otp.example.com", "https://otp.example.com"),
        ("https://otp.example.com/", "https://otp.example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_public_url_loses_its_last_slash(url, read):
    assert read_public_url(url) == read


@pytest.mark.parametrize(
    "url",
    [
        "",
        "otp.example.com",
        "//otp.example.com",
        "ftp://otp.example.com",
        "https://",
        "https://otp.example.com/path",
        "https://otp.example.com?x",
        "https://otp.example.com#x",
        "https://me@otp.example.com",
        "https://otp.example.com:port",
        "https://otp.example.com:99999",
        "https://otp.exa mple.com",
        "https://[::1",
        "https://otp.example.com\n",
    ],
)
def test_a_public_url_is_an_address_and_nothing_more(url):
    with pytest.raises(ValueError, match="without a path"):
        read_public_url(url)


@pytest.mark.parametrize(
    "url",
    ["memory://", "redis://redis:6379/0", "rediss://me:pass@redis.example/1?ssl_ca_certs=ca.pem", "redis://[::1]"],
)
def test_a_redis_is_an_address(url):
    assert read_redis_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis://",
        "memory://x",
        "http://redis",
        "redis://redis:port",
        "unix:///tmp/x",
        "redis://redis/junk",
        "redis://redis/0?socket_timeout=100",
    ],
)
def test_what_is_no_redis_is_refused(url):
    with pytest.raises(ValueError, match="write it like redis://"):
        read_redis_url(url)


def test_apps_may_be_written_or_kept_in_a_file(tmp_path):
    text = json.dumps({"shop": {"secret_keys": [digest_key("sk")], "publishable_keys": {digest_key("pk"): ["login"]}}})
    (tmp_path / "apps.json").write_text(text)

    assert load(APPS=text).apps == load(APPS=str(tmp_path / "apps.json")).apps
    assert load(APPS=text).apps["shop"].secret_keys == [digest_key("sk")]


@pytest.mark.parametrize(
    "apps",
    [
        "",
        "{",
        "[]",
        "/nowhere.json",
        '{"Shop": {}}',
        '{"shop": []}',
        '{"shop": {"keys": []}}',
        '{"shop": {"secret_keys": ["sk_in_clear"]}}',
        '{"shop": {"secret_keys": "x"}}',
        '{"shop": {"publishable_keys": []}}',
        json.dumps({"shop": {"publishable_keys": {digest_key("pk"): ["Log In"]}}}),
    ],
)
def test_apps_that_cannot_be_read_are_refused(apps):
    with pytest.raises(BadSettings, match=r"^OTP_APPS"):
        load(APPS=apps)


def test_a_test_number_has_a_code_and_an_end():
    numbers = read_test_numbers("+31612345678=042137@2026-12-31, +32470123456=123456@2026-12-01,")

    assert set(numbers) == {"+31612345678", "+32470123456"}
    assert (numbers["+31612345678"].code, str(numbers["+31612345678"].until)) == ("042137", "2026-12-31")
    assert "042137" not in repr(numbers)


@pytest.mark.parametrize(
    "text",
    [
        "+31612345678",
        "+31612345678=042137",
        "+31612345678=042137@2026-13-01",
        "+31612345678=042137@soon",
        "+31612345678=abc@2026-12-31",
        "+31612345678=123@2026-12-31",
        "0612345678=042137@2026-12-31",
        "+31201234567=042137@2026-12-31",
        "+316=042137@2026-12-31",
        "x",
    ],
)
def test_a_test_number_that_cannot_be_one_is_refused(text):
    with pytest.raises(ValueError, match="test number"):
        read_test_numbers(text)
