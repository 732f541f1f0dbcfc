"""The list of human checks, and how they are built from the settings."""

from pathlib import Path

import pytest

import app.human_check
from app.container import build_human_check, page_hosts
from app.http_client.pool import HttpClientPool
from app.human_check import HUMAN_CHECKS
from app.settings.to_domain import apps_of, keyring_of
from tests.support.api_calls import APPS
from tests.support.builders import make_settings

TESTS = Path(__file__).parent
ORIGINS = '{"shop": {"origins": ["https://shop.example.com", "http://localhost:5173", "https://pay.example.com:8443"]}}'


def build(**changes):
    settings = make_settings(**changes)
    return build_human_check(settings, apps_of(settings), keyring_of(settings), HttpClientPool(), clock=lambda: 0.0)


def test_no_human_check_is_built_by_default():
    assert build() is None


@pytest.mark.parametrize("name", HUMAN_CHECKS)
def test_each_human_check_is_built_by_name(name):
    account = {"human_check_site_key": "site-key", "human_check_secret": "s3cret-of-the-account"}

    check = build(human_check=name, **({} if name == "altcha" else account))

    assert check.name == name
    assert check.challenge(bound_to="x")["provider"] == name


def test_challenge_has_the_cost_of_the_settings():
    given = build(human_check="altcha", human_check_cost=7000).challenge(bound_to="x")

    assert given["challenge"]["parameters"]["cost"] == 7000


def test_page_hosts_are_those_of_all_apps_and_the_service():
    settings = make_settings(apps=ORIGINS, public_url="https://otp.example.com")

    hosts = page_hosts(settings, apps_of(settings))

    assert hosts == {"shop.example.com", "localhost", "127.0.0.1", "pay.example.com", "otp.example.com"}


def test_localhost_is_a_page_host_in_development_only():
    production = make_settings().model_copy(update={"env": "production", "public_url": "https://otp.example.com"})

    assert page_hosts(production, apps_of(make_settings(apps=APPS))) == {"otp.example.com"}


def test_every_human_check_has_a_contract_test():
    files = {path.stem for path in Path(app.human_check.__file__).parent.glob("*.py")} - {"__init__", "siteverify"}

    assert files == set(HUMAN_CHECKS)
    for name in files:
        text = (TESTS / f"test_{name}.py").read_text()
        assert "(HumanCheckContract)" in text or "(ProviderContract)" in text
