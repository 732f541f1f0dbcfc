"""The API reference page and its content security policy."""

import re

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.web.api_reference import reference_page

CDN = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"


@pytest.fixture
async def page():
    app = FastAPI(openapi_url="/openapi.json", docs_url=None)
    app.include_router(reference_page("/openapi.json"))
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        yield await client.get("/docs")


def rules_of(policy):
    return {name: set(sources.split()) for name, sources in (rule.strip().split(" ", 1) for rule in policy.split(";"))}


async def test_policy_allows_only_the_files_of_the_page(page):
    rules = rules_of(page.headers["content-security-policy"])
    foreign = set(re.findall(r'(?:src|href)="(https:[^"]+)"', page.text))

    assert foreign == {f"{CDN}swagger-ui-bundle.js", f"{CDN}swagger-ui.css"}
    assert {source for sources in rules.values() for source in sources if source.startswith("http")} == foreign
    assert rules["default-src"] == rules["frame-ancestors"] == {"'none'"}
    assert not any("unsafe" in source for sources in rules.values() for source in sources)


async def test_page_has_language_and_main_landmark(page):
    assert '<html lang="en">' in page.text
    assert re.search(r'<main id="swagger-ui">\s*</main>', page.text)


async def test_inline_script_is_allowed_by_digest(page):
    scripts = rules_of(page.headers["content-security-policy"])["script-src"]

    assert page.text.count("<script>") == len([source for source in scripts if source.startswith("'sha256-")]) == 1
