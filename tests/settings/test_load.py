"""Where settings come from, and what is said of wrong ones."""

import re

import pytest
from pydantic import BaseModel

from app.settings.load import BadSettings, load_settings
from app.settings.model import Settings

DEVELOPMENT = {"OTP_ENV": "development"}
# Setting -> the least and the most that is taken, and the next on either side.
BOUNDS = {
    "CODE_LENGTH": ("6", "10", "3", "11"),
    "CODE_LIFETIME": ("60", "600", "59", "601"),
    "ATTEMPTS": ("1", "10", "0", "11"),
    "RESEND_COOLDOWN": ("5", "300", "4", "301"),
    "LIMIT_SENDS_PER_VERIFICATION": ("1", "10", "0", "11"),
    "KEEP": ("0", "2592000", "-1", "2592001"),
    "PROOF_LIFETIME": ("30", "600", "29", "601"),
    "WORKER_SLOTS": ("1", "1000", "0", "1001"),
    "GATEWAY_CONNECT_TIMEOUT": ("0.1", "9.9", "0.09", "10.1"),
    "GATEWAY_TIMEOUT": ("3.1", "60", "0.19", "60.1"),
}
WORDS = {
    "ENV": (["development"], ["prod", "", "Production"]),
    "REDIS_TAG": (["{otp}", "{a-b_1}"], ["otp", "{}", "{A}", "{otp}x", "{" + "x" * 33 + "}"]),
    "AUTOFILL_HOST": (["", "example.com", "localhost"], ["https://example.com", "example.com:1", "ex ample", "a..b"]),
    "BRAND": (["Acme", " Acme Ltd. ", "x" * 30], ["", "  ", "x" * 31, "two\nlines"]),
    "VOIP": (["true", "false", "1", "no"], ["maybe", "2", ""]),
    "ALLOW_WEAK_CODES": (["true", "0"], ["perhaps"]),
    "DOCS": (["true", "false"], ["some"]),
    "RESEND_CODE": (["same", "new"], ["SAME", "other"]),
    "PROOF_SUBJECT": (["number", "pairwise"], ["none"]),
    "LOG_LEVEL": (["debug", "info", "warning", "error"], ["trace", "INFO", ""]),
    "LIMIT_SENDS_PER_NUMBER": (["3/10min,5/h", "1/s", "100/30d", "off"], ["", "0/h", "101/h", "1/31d", "1/week", "3"]),
}


def refused(given, **more):
    """Give the sentences by which these settings are refused."""
    with pytest.raises(BadSettings) as refusal:
        load_settings(DEVELOPMENT | given, **more)
    return refusal.value.sentences


def test_every_setting_has_its_reason_below_it():
    assert not [name for name, field in Settings.model_fields.items() if len(field.description or "") < 20]


def test_every_setting_with_bounds_is_tried_here():
    bounded = {name.upper() for name, field in Settings.model_fields.items() if "Ge(" in str(field.metadata)}

    assert bounded == set(BOUNDS)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_figure_is_taken_within_its_bounds_and_refused_beyond(name):
    least, most, below, above = BOUNDS[name]

    for good in (least, most):
        assert load_settings(DEVELOPMENT | {f"OTP_{name}": good})
    for bad in (below, above, "", "x", "nan", "inf", "1e99", "٣٣٣٣٣٣٣"):
        (sentence, *_) = refused({f"OTP_{name}": bad})
        assert sentence.startswith(f"OTP_{name}: ")


@pytest.mark.parametrize("name", WORDS)
def test_a_word_is_one_of_those_that_mean_something(name):
    good, bad = WORDS[name]

    for word in good:
        assert load_settings(DEVELOPMENT | {f"OTP_{name}": word})
    for word in bad:
        assert refused({f"OTP_{name}": word})[0].startswith(f"OTP_{name}: ")


def test_a_sentence_names_the_setting_what_is_wrong_and_why():
    (sentence,) = refused({"OTP_CODE_LIFETIME": "900"})

    assert sentence.startswith("OTP_CODE_LIFETIME: Input should be less than or equal to 600. ")
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


def test_foreign_names_are_none_of_our_business(tmp_path):
    (tmp_path / ".env").write_text("PORT=8001\nCOMPOSE_PROJECT_NAME=x\n# OTP_NONSENSE=1\nOTP_BRAND=Acme\n")

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
        ("APPS", f"/nowhere/{SECRET}"),
        ("TEST_NUMBERS", f"+31612345678={SECRET}@2026-12-31"),
        ("COUNTRIES_FILE", f"/nowhere/{SECRET}"),
    ],
)
def test_no_sentence_repeats_a_value(name, value):
    assert SECRET.lower() not in str(refused({f"OTP_{name}": value})).lower()


def test_settings_do_not_print_their_secrets():
    settings = load_settings(
        DEVELOPMENT
        | {"OTP_REDIS_URL": f"redis://:{SECRET}@127.0.0.1/0", "OTP_GATEWAYS__SMSTOOLS__CLIENT_SECRET": SECRET}
    )

    assert isinstance(settings, BaseModel)
    assert SECRET not in f"{settings!r} {settings}"
    assert "ZGV2ZWxvc" not in f"{settings!r} {settings}"
