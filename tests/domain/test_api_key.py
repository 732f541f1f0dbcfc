"""Who calls, by a key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.api_key import ApiKeys, Caller, digest_key, key_id
from app.domain.errors import Forbidden

BACKEND = Caller("shop", secret=True)
BROWSER = Caller("shop", secret=False, purposes=frozenset({"login"}))
CALLERS = ApiKeys({digest_key("sk_1"): BACKEND, digest_key("sk_2"): BACKEND, digest_key("pk_1"): BROWSER})


def test_a_key_names_its_app():
    assert CALLERS.find("sk_1") is CALLERS.find("sk_2") is BACKEND
    assert CALLERS.find("pk_1") is BROWSER


@pytest.mark.parametrize("key", [None, "", "sk_3", "SK_1", "sk_1 ", digest_key("sk_1"), "ключ", "\udcff"])
def test_any_other_key_is_nobodys(key):
    """The digest that is kept is no key either."""
    assert CALLERS.find(key) is None


@given(key=st.text())
def test_no_text_is_more_than_a_wrong_key(key):
    assert CALLERS.find(f"x{key}") is None


def test_a_keys_id_is_short_and_no_way_back():
    """It stands in the log; 32 of 256 bits of a digest tell nothing of a key of 128."""
    assert key_id(digest_key("sk_1")) == digest_key("sk_1")[:8]


def test_a_secret_key_may_do_everything():
    BACKEND.needs_secret_key()
    BACKEND.needs_purpose("payment")


def test_a_publishable_key_may_do_what_its_app_opened():
    BROWSER.needs_purpose("login")
    with pytest.raises(Forbidden):
        BROWSER.needs_purpose("payment")
    with pytest.raises(Forbidden):
        BROWSER.needs_secret_key()
