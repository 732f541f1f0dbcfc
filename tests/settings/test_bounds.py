"""The accepted and refused values of each setting."""

import re

import pytest

from app.settings.load import BadSettings, load_settings
from app.settings.model import Settings

# Setting -> minimum, maximum, and the nearest refused value below and above.
BOUNDS = {
    "CODE_LENGTH": ("6", "10", "3", "11"),
    "CODE_LIFETIME": ("60", "600", "59", "601"),
    "ATTEMPTS": ("1", "10", "0", "11"),
    "RESEND_COOLDOWN": ("5", "300", "4", "301"),
    "LIMIT_SENDS_PER_VERIFICATION": ("1", "10", "0", "11"),
    "KEEP": ("0", "2592000", "-1", "2592001"),
    "PROOF_LIFETIME": ("30", "600", "29", "601"),
    "MAX_SEGMENTS": ("1", "10", "0", "11"),
    "MESSAGE_SEGMENTS": ("1", "10", "0", "11"),
    "MAX_SEGMENTS_UCS2": ("1", "10", "0", "11"),
    "REPORT_WAIT": ("0", "300", "-1", "301"),
    "KEEP_ALIVE": ("1", "3600", "0", "3601"),
    "WORKER_SLOTS": ("1", "1000", "0", "1001"),
    "REDIS_WAIT_REPLICAS": ("0", "5", "-1", "6"),
    "METRICS_PORT": ("1", "65535", "0", "65536"),
    "GATEWAY_CONNECT_TIMEOUT": ("0.1", "9.9", "0.09", "10.1"),
    "EVENT_TIMEOUT": ("1", "30", "0.9", "30.1"),
    "GATEWAY_PATIENCE": ("0.2", "60", "0.19", "60.1"),
    "GATEWAY_TIMEOUT": ("3.1", "60", "0.19", "60.1"),
    "GUARD_NEW_COUNTRY": ("0.1", "1000", "0.09", "1000.1"),
    "HUMAN_CHECK_COST": ("1000", "50000", "999", "50001"),
}
LIMITS = [
    "LIMIT_SENDS_PER_NUMBER",
    "LIMIT_SENDS_PER_ADDRESS",
    "LIMIT_APPROVED_SENDS_PER_ADDRESS",
    "LIMIT_DEVICE_SENDS_PER_ADDRESS",
    "LIMIT_CHECKS_PER_ADDRESS",
    "LIMIT_SENDS_PER_SUBJECT",
    "LIMIT_SENDS_PER_APP",
    "LIMIT_SENDS_PER_COUNTRY",
    "LIMIT_TEST_SENDS_PER_NUMBER",
    "LIMIT_MESSAGES_PER_NUMBER",
    "LIMIT_CALLS_PER_ADDRESS",
    "LIMIT_BAD_REPORTS_PER_ADDRESS",
]
TEXT_VALUES = {
    "ENV": (["development"], ["prod", "", "Production"]),
    "REDIS_TAG": (["{otp}", "{a-b_1}"], ["otp", "{}", "{A}", "{otp}x", "{" + "x" * 33 + "}"]),
    "AUTOFILL_HOST": (["", "example.com", "localhost"], ["https://example.com", "example.com:1", "ex ample", "a..b"]),
    "BRAND": (["Acme", " Acme Ltd. ", "x" * 30], ["", "  ", "x" * 31, "two\nlines"]),
    "TRANSLITERATE": (["off", "punctuation", "letters"], ["on", "", "Letters"]),
    "VOIP": (["true", "false", "1", "no"], ["maybe", "2", ""]),
    "ALLOW_WEAK_CODES": (["true", "0"], ["perhaps"]),
    "DOCS": (["true", "false"], ["some"]),
    "RESEND_CODE": (["same", "new"], ["SAME", "other"]),
    "PROOF_SUBJECT": (["number", "pairwise"], ["none"]),
    "METRICS_HOST": (["127.0.0.1", "::1", "::"], ["localhost", "", "10.0.0.0/8", "otp"]),
    "OPERATOR": (["", "anna@example.com", "Zoë+ops_1-b"], ["anna b", "x" * 65, "a\nb", "a{b"]),
    "LOG_LEVEL": (["debug", "info", "warning", "error"], ["trace", "INFO", ""]),
    "FAILURE_WATCH": (["true", "off"], ["sometimes"]),
    "CLIENT_HEADER": (["x-forwarded-for", "forwarded"], ["x-real-ip", "X-Forwarded-For", ""]),
    "GUARD": (["off", "monitor", "enforce"], ["on", "", "Enforce"]),
    "GUARD_BLOCK_FOR": (["1h", "30min", "90s", "24h"], ["", "1", "0h", "59s", "25h", "1d", "1 h"]),
    "HUMAN_CHECK": (["off", "altcha"], ["on", "recaptcha", ""]),
    "HUMAN_CHECK_WHEN": (["never"], ["often", ""]),
    "PRICES": (['[{"gateway": "*", "country": "*", "price": 0.1}]'], ["", "/", "0.1"]),
    "CURRENCY": (["EUR", "USD"], ["", "eur", "€", "EURO"]),
}
TEXT_VALUES |= dict.fromkeys(
    LIMITS, (["3/10min,5/h", "1/s", "1000000/30d", "off"], ["", "0/h", "1000001/h", "1/31d", "1/w", "3"])
)
MONEY = ["LIMIT_SPEND_PER_APP", "LIMIT_SPEND_PER_COUNTRY"]
TEXT_VALUES |= dict.fromkeys(
    MONEY, (["off"], ["", "0/d", "0.00/d", "0.001/d", "1000000.01/d", "-1/d", "50", "50/w", "5,0/d", "1e3/d", ".5/d"])
)
# Limits that store the timestamp of every call in the process.
IN_MEMORY = ["LIMIT_CALLS_PER_ADDRESS", "LIMIT_BAD_REPORTS_PER_ADDRESS"]
TEXT_VALUES |= dict.fromkeys(
    IN_MEMORY, (["60/min", "10000/s,10000/30d", "off"], ["", "10001/s", "60/min,10001/d", "1000000/d"])
)


def load(name, value):
    return load_settings({"OTP_ENV": "development", f"OTP_{name}": value})


def error_of(name, value):
    """Return the first error of a setting, which must not be pydantic's own message."""
    with pytest.raises(BadSettings) as refusal:
        load(name, value)
    assert not re.search("Input|String|parse|pattern|argument", refusal.value.sentences[0])
    return refusal.value.sentences[0]


def test_bounds_table_lists_every_bounded_setting():
    bounded = {name.upper() for name, field in Settings.model_fields.items() if "Ge(" in str(field.metadata)}

    assert bounded == set(BOUNDS)


def test_limits_table_lists_every_limit():
    named = {name.upper() for name in Settings.model_fields if name.startswith("limit_")}

    assert named == {*LIMITS, *MONEY, "LIMIT_SENDS_PER_VERIFICATION"}


@pytest.mark.parametrize("name", BOUNDS)
def test_number_setting_is_accepted_within_its_bounds_only(name):
    least, most, below, above = BOUNDS[name]

    for accepted in (least, most):
        assert load(name, accepted)
    for refused_values in (below, above, "", "x", "nan", "inf", "1e99", "٣٣٣٣٣٣٣"):
        assert error_of(name, refused_values).startswith(f"OTP_{name}: ")


@pytest.mark.parametrize("name", TEXT_VALUES)
def test_text_setting_accepts_its_documented_values_only(name):
    accepted, refused_values = TEXT_VALUES[name]

    for value in accepted:
        assert load(name, value)
    for value in refused_values:
        assert error_of(name, value).startswith(f"OTP_{name}: ")
