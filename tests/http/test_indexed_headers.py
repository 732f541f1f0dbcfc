"""Headers with an index answer as Starlette's own do."""

import pytest
from starlette.datastructures import Headers

from app.http.indexed_headers import IndexedHeaders

ONCE = [(b"host", b"example.com"), (b"origin", b""), (b"x-name", "é".encode("latin-1"))]
REPEATED = [(b"origin", b"https://a.example"), (b"host", b"example.com"), (b"origin", b"https://b.example")]


@pytest.mark.parametrize("raw", [[], ONCE, REPEATED])
@pytest.mark.parametrize("name", ["host", "Host", "origin", "x-name", "x-other"])
def test_every_look_up_answers_as_without_an_index(raw, name):
    plain, indexed = Headers(raw=raw), IndexedHeaders({"type": "http", "headers": raw})

    assert indexed.get(name) == plain.get(name)
    assert indexed.get(name, "none") == plain.get(name, "none")
    assert indexed.getlist(name) == plain.getlist(name)
    assert (name in indexed) is (name in plain)
    assert indexed == plain


@pytest.mark.parametrize("raw", [[], REPEATED])
def test_a_missing_name_raises_a_key_error(raw):
    with pytest.raises(KeyError):
        IndexedHeaders({"type": "http", "headers": raw})["x-other"]
