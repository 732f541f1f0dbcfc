"""API keys, their callers and their permissions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.api_key import ApiKeys, Caller, digest_key, key_id
from app.domain.errors import Forbidden

BACKEND = Caller("shop", secret=True)
BROWSER = Caller("shop", secret=False, purposes=frozenset({"login"}))
CALLERS = ApiKeys({digest_key("sk_1"): BACKEND, digest_key("sk_2"): BACKEND, digest_key("pk_1"): BROWSER})


def test_key_identifies_its_app():
    assert CALLERS.find("sk_1") is CALLERS.find("sk_2") is BACKEND
    assert CALLERS.find("pk_1") is BROWSER


@pytest.mark.parametrize("key", [None, "", "sk_3", "SK_1", "sk_1 ", digest_key("sk_1"), "ключ", "\udcff"])
def test_unknown_key_has_no_caller(key):
    """The stored digest is not a key either."""
    assert CALLERS.find(key) is None


@given(key=st.text())
def test_any_text_is_at_most_an_unknown_key(key):
    assert CALLERS.find(f"x{key}") is None


def test_key_id_is_the_first_eight_digits_of_the_digest():
    """It appears in logs; 32 of 256 digest bits do not reveal a key of 128 bits."""
    assert key_id(digest_key("sk_1")) == digest_key("sk_1")[:8]


def test_secret_key_may_do_everything():
    BACKEND.require_secret_key()
    BACKEND.require_purpose("payment")


def test_publishable_key_is_limited_to_its_purposes():
    BROWSER.require_purpose("login")
    with pytest.raises(Forbidden):
        BROWSER.require_purpose("payment")
    with pytest.raises(Forbidden):
        BROWSER.require_secret_key()
