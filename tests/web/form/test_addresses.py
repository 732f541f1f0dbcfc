"""The addresses of the script: the current one, and the one that names its exact content, for pinning."""

import gzip
import re
from base64 import b64decode
from hashlib import sha384
from pathlib import Path

import httpx
import pytest

import app.web.form
from app.web.form import bundle
from tests.support.admission import AppClient
from tests.support.api_calls import assert_problem
from tests.support.service_fixture import PRODUCTION

SCRIPT = bundle(Path(app.web.form.__file__).with_suffix("") / "otp-form.js").encode()


@pytest.fixture(params=[{}, PRODUCTION | {"url": "redis://127.0.0.1:6379"}], ids=["development", "production"])
def app_client(request):
    return AppClient(**request.param, limit_calls_per_address="1/min")


async def pin_of(app_client):
    return (await app_client.get("/otp-form.json")).json()


async def test_the_pinned_address_has_the_script_of_the_integrity_value(app_client):
    pin = await pin_of(app_client)

    response = await app_client.get(f"/{pin['script']}")

    assert re.fullmatch(r"otp-form\.[0-9a-f]{16}\.js", pin["script"])
    assert response.content == (await app_client.get("/otp-form.js")).content == SCRIPT
    assert pin["integrity"].startswith("sha384-")
    assert b64decode(pin["integrity"].removeprefix("sha384-")) == sha384(response.content).digest()


async def test_the_pinned_address_is_cached_for_a_year_by_every_origin(app_client):
    """CORS, because a browser checks the integrity only of a response that the page may read."""
    path = f"/{(await pin_of(app_client))['script']}"

    for headers in ({}, {"Origin": "https://anybody.example"}, {"Accept-Encoding": "identity"}):
        response = await app_client.get(path, headers=headers)
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers.get_list("access-control-allow-origin") == ["*"]
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_the_pinned_script_calls_the_same_service(app_client):
    """The form finds the API beside its script, so the pinned address is in the same folder as the other."""
    assert "/" not in (await pin_of(app_client))["script"]
    assert b"import.meta.url" in SCRIPT


@pytest.mark.parametrize("path", ["/otp-form.0123456789abcdef.js", "/otp-form.mjs", "/otp-form.x.d.ts"])
async def test_another_version_is_not_found_and_not_cached(app_client, path):
    response = await app_client.get(path)

    problem = assert_problem(response, 404, "not_found")
    assert "/otp-form.json names the current one" in problem["detail"]
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/otp-form.js", "/otp-form.d.ts", "/otp-form/nl.json", "/otp-form/ja.json"])
def test_files_are_compressed_on_the_wire(developers_service, path):
    """Over a real socket, with a client that shows the bytes as they arrive."""
    with httpx.Client(base_url=developers_service) as client:
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as compressed:
            raw = b"".join(compressed.iter_raw())
        head = client.head(path, headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(raw) == plain.content
    assert int(compressed.headers["content-length"]) == len(raw) < len(plain.content)
    for name in ("content-encoding", "content-length", "etag", "cache-control"):
        assert head.headers[name] == compressed.headers[name]
    assert "Accept-Encoding" in head.headers.get_list("vary")
    assert head.content == b""
