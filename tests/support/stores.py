"""Which store a test runs on: the embedded one, unless a mark of this file selects another.

tests/store and tests/attacks run on both, by their conftest. Elsewhere a mark of this file names the store of a test,
and `STORE = ENGINE` that of a module.
"""

import pytest

EMBEDDED, ENGINE = "embedded", "engine"
BOTH = (EMBEDDED, ENGINE)

on_both_stores = pytest.mark.parametrize("store_url", BOTH, indirect=True)
on_the_engine = pytest.mark.parametrize("store_url", [ENGINE], indirect=True)
on_the_embedded_store = pytest.mark.parametrize("store_url", [EMBEDDED], indirect=True)


def url_of(store, request):
    """Return the URL of a store; the engine starts when the first test of a session needs it."""
    return "memory://" if store == EMBEDDED else request.getfixturevalue("engine_url")
