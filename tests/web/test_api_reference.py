"""The API reference page: its content security policy and its files."""

import re

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.web.api_reference import reference_page
from app.web.pages import static_files


@pytest.fixture
async def client():
    app = FastAPI(openapi_url="/openapi.json", docs_url=None)
    app.include_router(reference_page())
    app.mount("/static", static_files(with_reference=True))
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        yield client


@pytest.fixture
async def page(client):
    return await client.get("/docs")


async def test_policy_allows_only_this_service(page):
    """Images in the style too: Swagger UI's icons are such."""
    rules = dict(rule.strip().split(" ", 1) for rule in page.headers["content-security-policy"].split(";"))

    assert rules == {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }


async def test_every_file_of_the_page_is_served_here(client, page):
    """Those of Swagger UI come from an installed package, so that the page works without internet."""
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert len(files) == 4
    for file in files:
        assert file.startswith("/static/")
        assert (await client.get(file)).status_code == 200, file


async def test_page_has_language_and_main_landmark(page):
    assert '<html lang="en">' in page.text
    assert '<main id="swagger-ui"></main>' in page.text


async def test_swagger_ui_is_served_only_beside_its_page():
    app = FastAPI(openapi_url=None)
    app.mount("/static", static_files())
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.get("/static/style.css")).status_code == 200
        assert (await client.get("/static/swagger-ui-bundle.js")).status_code == 404
