"""`twilio_tokens` of an app in OTP_APPS."""

import json

import pytest

from app.domain.api_key import digest_key
from app.settings.load import BadSettings, load_settings
from tests.support.service_fixture import PRODUCTION
from tests.support.twilio_facade import TOKEN

DIGEST = digest_key(TOKEN)


def load(apps, **changes):
    environ = {f"OTP_{name.upper()}": value for name, value in changes.items()}
    return load_settings({"OTP_ENV": "development", **environ, "OTP_APPS": json.dumps(apps)})


WRONG = {
    "a token in clear": {"shop": {"twilio_tokens": {TOKEN: ["login"]}}},
    "a list": {"shop": {"twilio_tokens": [DIGEST]}},
    "a purpose that is none": {"shop": {"twilio_tokens": {DIGEST: ["Log in"]}}},
    "a digest of two apps": {"shop": {"twilio_tokens": {DIGEST: []}}, "bank": {"twilio_tokens": {DIGEST: []}}},
    "a digest of a secret key": {"shop": {"twilio_tokens": {DIGEST: []}, "secret_keys": [DIGEST]}},
}


@pytest.mark.parametrize("why", WRONG)
def test_wrong_tokens_stop_the_start(why):
    with pytest.raises(BadSettings, match="OTP_APPS") as error:
        load(WRONG[why])

    assert TOKEN not in str(error.value)


def test_production_starts_with_a_token_as_the_only_key():
    changes = PRODUCTION | {"redis_url": "redis://redis:6379/0"}

    assert load({"shop": {"twilio_tokens": {DIGEST: ["login"]}}}, **changes).apps["shop"].twilio_tokens
