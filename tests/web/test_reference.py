"""The reference page, and the policy that it runs under; in a real browser where there is one."""

import re
import shutil

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from playwright.sync_api import expect, sync_playwright

from app.web.reference import reference_page
from tests.support.service import otp_dev

CHROMIUM = shutil.which("chromium")
CDN = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
# Stands for Swagger's own script, which is not on this machine: it shows what it was called with.
STAND_IN = """
window.SwaggerUIBundle = (given) => fetch(given.url).then((answer) => answer.json()).then((document_) => {
  document.querySelector(given.dom_id).textContent = document_.info.title;
});
window.SwaggerUIBundle.presets = {};
"""


@pytest.fixture
async def page():
    app = FastAPI(openapi_url="/openapi.json", docs_url=None)
    app.include_router(reference_page("/openapi.json"))
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        yield await client.get("/docs")


def rules_of(policy):
    return {name: set(sources.split()) for name, sources in (rule.strip().split(" ", 1) for rule in policy.split(";"))}


async def test_the_page_may_load_what_it_names_and_nothing_else(page):
    rules = rules_of(page.headers["content-security-policy"])
    foreign = set(re.findall(r'(?:src|href)="(https:[^"]+)"', page.text))

    assert foreign == {f"{CDN}swagger-ui-bundle.js", f"{CDN}swagger-ui.css"}
    assert {source for sources in rules.values() for source in sources if source.startswith("http")} == foreign
    assert rules["default-src"] == rules["frame-ancestors"] == {"'none'"}
    assert not any("unsafe" in source for sources in rules.values() for source in sources)


async def test_the_page_says_its_language_and_where_its_content_stands(page):
    assert '<html lang="en">' in page.text
    assert re.search(r'<main id="swagger-ui">\s*</main>', page.text)


async def test_its_one_inline_script_runs_by_its_digest(page):
    scripts = rules_of(page.headers["content-security-policy"])["script-src"]

    assert page.text.count("<script>") == len([source for source in scripts if source.startswith("'sha256-")]) == 1


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on this machine: apt install chromium")
def test_a_browser_runs_it_and_says_nothing_of_the_policy():
    said = []
    with otp_dev() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.route(f"{CDN}*.js", lambda route: route.fulfill(body=STAND_IN, content_type="text/javascript"))
        page.route(f"{CDN}*.css", lambda route: route.fulfill(body="body { color: red }", content_type="text/css"))
        page.goto(f"{url}/docs")
        expect(page.locator("#swagger-ui")).to_have_text("otp")
        colour = page.evaluate("getComputedStyle(document.body).color")
        browser.close()

    assert (said, colour) == ([], "rgb(255, 0, 0)")
