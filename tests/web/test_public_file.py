"""A public file: which encoding a request gets, its ETags, and conditional requests."""

import gzip

import pytest
from starlette.datastructures import Headers

from app.web.public_file import PublicFile, prefers_gzip

TEXT = b"const texts = {};\n" * 100


@pytest.fixture
def file():
    return PublicFile(TEXT, "text/javascript", cache_control="public, max-age=300")


def respond(file, *headers):
    return file.respond(Headers(raw=[(name.encode(), value.encode()) for name, value in headers]))


ACCEPTS_GZIP = [
    "gzip",
    "gzip, deflate, br, zstd",
    "br;q=1.0, gzip;q=0.8, *;q=0.1",
    "GZIP",
    "x-gzip",
    " gzip ; q=0.001 ",
    "*",
    "*;q=0.5",
    "identity;q=0.5, gzip;q=1.0",
    "identity;q=0, gzip;q=0.1",
    "identity, gzip",
    "identity;q=0, *",
    "nonsense;;, gzip",
]
ACCEPTS_NO_GZIP = [
    "",
    "identity",
    "br",
    "deflate, br;q=0.9",
    "gzip;q=0",
    "gzip;q=0.000, *",
    "x-gzip;q=0, *",
    "*;q=0",
    "*;q=0, identity",
    "identity;q=1, gzip;q=0.5",
    "identity, *;q=0.5",
    "identity;q=0",
    "gzip;q=2",
    "gzip;q=high",
    "gzip;level=9",
    "gzipped",
    "not gzip",
]


@pytest.mark.parametrize("header", ACCEPTS_GZIP)
def test_a_request_that_accepts_gzip_gets_it(header):
    assert prefers_gzip(header)


@pytest.mark.parametrize("header", ACCEPTS_NO_GZIP)
def test_a_request_that_refuses_gzip_or_prefers_another_encoding_does_not_get_it(header):
    assert not prefers_gzip(header)


def test_a_gzip_response_holds_the_same_bytes(file):
    plain, compressed = respond(file), respond(file, ("accept-encoding", "gzip"))

    assert plain.body == gzip.decompress(compressed.body) == TEXT
    assert "content-encoding" not in plain.headers
    assert compressed.headers["content-encoding"] == "gzip"
    assert int(compressed.headers["content-length"]) == len(compressed.body) < len(TEXT) / 10


def test_every_response_varies_by_accept_encoding(file):
    """Also the 304 and the one that is not compressed: a cache must not give either to the other kind of client."""
    etag = respond(file).headers["etag"]

    for request in ([], [("accept-encoding", "gzip")], [("if-none-match", etag)]):
        assert respond(file, *request).headers["vary"] == "Accept-Encoding"


def test_a_header_in_several_lines_counts_as_one(file):
    response = respond(file, ("accept-encoding", "br"), ("accept-encoding", "gzip"))

    assert response.headers["content-encoding"] == "gzip"


def test_a_file_that_gzip_does_not_shorten_is_sent_as_it_is():
    response = respond(PublicFile(b"{}", "application/json", cache_control="no-store"), ("accept-encoding", "gzip"))

    assert response.body == b"{}"
    assert "content-encoding" not in response.headers


def test_each_encoding_has_its_own_strong_etag(file):
    """Their bytes differ (RFC 9110 §8.8.3.3); equal content has the same ETags in every process."""
    tags = {respond(file).headers["etag"], respond(file, ("accept-encoding", "gzip")).headers["etag"]}

    assert len(tags) == 2
    assert all(tag.startswith('"') for tag in tags)
    again = PublicFile(TEXT, "text/javascript", cache_control="public, max-age=300")
    assert {respond(again).headers["etag"], respond(again, ("accept-encoding", "gzip")).headers["etag"]} == tags


def test_an_etag_matches_only_in_its_own_encoding(file):
    """A 304 would make a cache use the stored plain bytes for a client that gets gzip."""
    plain, compressed = respond(file), respond(file, ("accept-encoding", "gzip"))

    def status(etag, *headers):
        return respond(file, ("if-none-match", etag), *headers).status_code

    assert status(plain.headers["etag"]) == status(compressed.headers["etag"], ("accept-encoding", "gzip")) == 304
    assert status(plain.headers["etag"], ("accept-encoding", "gzip")) == status(compressed.headers["etag"]) == 200


def test_if_none_match_is_a_list_of_tags_weak_ones_included(file):
    etag = respond(file).headers["etag"]

    def statuses(*values):
        return [respond(file, ("if-none-match", value)).status_code for value in values]

    assert statuses(etag, f'"other", W/{etag}', f'"a,b",{etag}', "*") == [304] * 4
    assert statuses('"other"', etag.strip('"'), "", f"{etag[:-2]}") == [200] * 4


def test_a_304_has_the_headers_that_a_cache_updates_and_no_body(file):
    """RFC 9110 §15.4.5."""
    whole = respond(file, ("accept-encoding", "gzip"))

    response = respond(file, ("accept-encoding", "gzip"), ("if-none-match", whole.headers["etag"]))

    assert (response.status_code, response.body) == (304, b"")
    for name in ("cache-control", "etag", "vary", "access-control-allow-origin"):
        assert response.headers[name] == whole.headers[name]
    assert "content-encoding" not in response.headers
