"""`camara` of an app in OTP_APPS."""

import json

import pytest

from app.settings.load import BadSettings, load_settings
from tests.support.camara_facade import APPS
from tests.support.service_fixture import PRODUCTION

SHOP = APPS["shop"]


def load(apps, **changes):
    environ = {f"OTP_{name.upper()}": value for name, value in changes.items()}
    return load_settings({"OTP_ENV": "development", **environ, "OTP_APPS": json.dumps(apps)})


def test_a_client_needs_a_secret_key():
    """Its secret is one; the app of development has a fixed one."""
    with pytest.raises(BadSettings, match=r"OTP_APPS \(shop\.camara\) needs one of secret_keys"):
        load({"shop": {"camara": {}}})

    assert load({"dev": {"camara": {}}}).apps["dev"].camara


WRONG = [{"free_text": "yes"}, {"free_text": 1}, {"purpose": "Login"}, {"x": 1}, [], True]


@pytest.mark.parametrize("camara", WRONG)
def test_a_wrong_value_stops_the_start(camara):
    with pytest.raises(BadSettings, match=r"OTP_APPS \(shop\.camara"):
        load({"shop": SHOP | {"camara": camara}})


def test_production_starts_with_a_client():
    changes = PRODUCTION | {"redis_url": "redis://redis:6379/0"}

    assert load({"shop": SHOP}, **changes).apps["shop"].camara.free_text is False
